/// A value that most of its owners lack: one without it holds a pointer's place for it, and not the value's.
///
/// Each change allocates: this is for what seldom changes.
@propertyWrapper @frozen public enum Boxed<Value> {
  case absent
  indirect case present(Value)

  @inlinable public init(wrappedValue: Value?) {
    self = if let wrappedValue { .present(wrappedValue) } else { .absent }
  }

  @inlinable public var wrappedValue: Value? {
    get { if case .present(let value) = self { value } else { nil } }
    set { self = Boxed(wrappedValue: newValue) }
  }
}

extension Boxed: Equatable where Value: Equatable {}
extension Boxed: Sendable where Value: Sendable {}
