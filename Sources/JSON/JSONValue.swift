/// A JSON value as it was written: numbers keep their digits, objects the order of their members.
///
/// So a value can be handed back unchanged, whatever it was: the `id` of a ping is.
public enum JSONValue: Equatable, Sendable {
  public struct Member: Equatable, Sendable {
    public var key: String
    public var value: JSONValue

    public init(key: String, value: JSONValue) {
      self.key = key
      self.value = value
    }
  }

  /// The deepest nesting of a value that is read; the messages of the service have two levels.
  public static let greatestDepth = 16

  case null
  case bool(Bool)
  /// The digits as they stood in the text.
  case number(String)
  case string(String)
  case array([JSONValue])
  case object([Member])

  /// The member of that name, the last if there are several; nil too when this is no object.
  public subscript(key: String) -> JSONValue? {
    guard case .object(let members) = self else { return nil }
    return members.last { $0.key == key }?.value
  }

  /// This value when it is a whole number that an `Int` holds. JSON has one kind of number: 44100, 44100.0 and 4.41e4
  /// are the same.
  public var integer: Int? {
    guard case .number(let digits) = self else { return nil }
    return Int(digits) ?? Double(digits).flatMap { Int(exactly: $0) }
  }

  /// This value when it is a number that a `Double` holds: 1e999 is none.
  public var double: Double? {
    guard case .number(let digits) = self, let value = Double(digits), value.isFinite else { return nil }
    return value
  }

  public var string: String? {
    guard case .string(let text) = self else { return nil }
    return text
  }

  public var bool: Bool? {
    guard case .bool(let value) = self else { return nil }
    return value
  }

  public var array: [JSONValue]? {
    guard case .array(let values) = self else { return nil }
    return values
  }

  /// The value as compact JSON text.
  public var text: String {
    var object = JSONObject()
    object.add("", self)
    return String(object.text.dropFirst(4).dropLast())
  }
}

extension JSONValue {
  public static func number(_ value: Int) -> JSONValue { .number(String(value)) }
  /// JSON has no NaN and no infinity: neither may come here.
  public static func number(_ value: Double) -> JSONValue { .number(value.description) }
}
