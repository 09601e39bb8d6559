/// Bytes that are no state of a stream.
public struct StateError: Error, Equatable {
  public init() {}
}

/// Reads what a `StateWriter` wrote, in the same order. Any bytes can be given to it.
public struct StateReader {
  private var rest: ArraySlice<UInt8>

  public init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

  public var isEmpty: Bool { rest.isEmpty }

  private mutating func take(_ count: Int) throws(StateError) -> ArraySlice<UInt8> {
    guard count >= 0, count <= rest.count else { throw StateError() }
    defer { rest = rest.dropFirst(count) }
    return rest.prefix(count)
  }

  public mutating func integer() throws(StateError) -> Int {
    Int(truncatingIfNeeded: try take(8).reversed().reduce(0 as UInt64) { $0 << 8 | UInt64($1) })
  }

  /// Of what is counted here there is never more: sums of it fit.
  private static let largestCount = 1 << 48

  /// A number that counts something.
  public mutating func count() throws(StateError) -> Int {
    let value = try integer()
    guard (0...Self.largestCount).contains(value) else { throw StateError() }
    return value
  }

  public mutating func double() throws(StateError) -> Double {
    Double(bitPattern: UInt64(bitPattern: Int64(try integer())))
  }

  public mutating func flag() throws(StateError) -> Bool { try take(1).first == 1 }

  public mutating func bytes() throws(StateError) -> ArraySlice<UInt8> { try take(count()) }

  public mutating func text() throws(StateError) -> String { String(decoding: try bytes(), as: UTF8.self) }

  public mutating func optional<Value>(
    _ body: (inout StateReader) throws(StateError) -> Value
  ) throws(StateError) -> Value? {
    try flag() ? try body(&self) : nil
  }

  public mutating func array<Value>(
    _ body: (inout StateReader) throws(StateError) -> Value
  ) throws(StateError) -> [Value] {
    var values: [Value] = []
    // Each takes a byte at least: a number that was damaged ends here.
    for _ in 0..<(try count()) {
      guard !isEmpty else { throw StateError() }
      values.append(try body(&self))
    }
    return values
  }

  /// What `part` wrote.
  public mutating func part() throws(StateError) -> StateReader { StateReader(try bytes()) }
}
