/// Writes the state of a stream as bytes, for a server that starts anew.
public struct StateWriter {
  public private(set) var bytes: [UInt8] = []

  public init() {}

  /// Empties it and keeps its memory.
  public mutating func reset() { bytes.removeAll(keepingCapacity: true) }

  public mutating func add(_ value: Int) {
    withUnsafeBytes(of: Int64(value).littleEndian) { bytes.append(contentsOf: $0) }
  }
  public mutating func add(_ value: Double) { add(Int(bitPattern: UInt(value.bitPattern))) }
  public mutating func add(_ value: Bool) { bytes.append(value ? 1 : 0) }

  /// Bytes as they are.
  public mutating func add(raw value: [UInt8]) { bytes += value }

  /// Bytes with their number before them.
  public mutating func add(_ value: UnsafeRawBufferPointer) {
    add(value.count)
    bytes.append(contentsOf: value)
  }

  public mutating func add(_ text: String) {
    var text = text
    text.withUTF8 { add(UnsafeRawBufferPointer($0)) }
  }

  /// A value or nothing.
  public mutating func add<Value>(_ value: Value?, _ body: (inout StateWriter, Value) -> Void) {
    add(value != nil)
    if let value { body(&self, value) }
  }

  public mutating func add<Values: Collection>(_ values: Values, _ body: (inout StateWriter, Values.Element) -> Void) {
    add(values.count)
    for value in values { body(&self, value) }
  }

  /// What `body` writes, with its length before it.
  public mutating func part(_ body: (inout StateWriter) -> Void) {
    let start = bytes.count
    add(0)
    body(&self)
    let length = bytes.count - start - Self.lengthBytes
    withUnsafeBytes(of: Int64(length).littleEndian) {
      bytes.replaceSubrange(start..<start + Self.lengthBytes, with: $0)
    }
  }

  private static let lengthBytes = 8
}
