/// A JSON object being written, compactly and with its members in the order they are added.
///
/// Reused with `reset()`, it allocates nothing once it has grown to its largest message.
public struct JSONObject: Sendable {
  private var buffer: [UInt8] = [UInt8(ascii: "{")]

  public init() {}

  /// Back to an object without members; the memory stays.
  public mutating func reset() {
    buffer.removeAll(keepingCapacity: true)
    buffer.append(UInt8(ascii: "{"))
  }

  /// The object as it stands, closed.
  public var bytes: [UInt8] { buffer + [UInt8(ascii: "}")] }

  /// The object as it stands, as text.
  public var text: String { String(decoding: bytes, as: UTF8.self) }

  /// Closes the object for the time of `body` and shows it without a copy.
  public mutating func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    buffer.append(UInt8(ascii: "}"))
    defer { buffer.removeLast() }
    return buffer.withUnsafeBytes(body)
  }

  public mutating func add(_ key: StaticString, _ value: Int) {
    begin(key)
    append(value)
  }

  /// Shortest text that reads back as the same float64. JSON has no NaN and no infinity: neither may come here.
  public mutating func add(_ key: StaticString, _ value: Double) {
    precondition(value.isFinite, "JSON has no number for NaN or infinity.")
    begin(key)
    append(value.description)
  }

  /// `null` when there is no value.
  public mutating func add(_ key: StaticString, _ value: Double?) {
    if let value { add(key, value) } else { add(key, JSONValue.null) }
  }

  public mutating func add(_ key: StaticString, _ value: Bool) {
    begin(key)
    append(value ? "true" : "false")
  }

  public mutating func add(_ key: StaticString, _ value: String) {
    begin(key)
    appendQuoted(value)
  }

  public mutating func add(_ key: StaticString, _ value: JSONValue) {
    begin(key)
    append(value)
  }

  private mutating func begin(_ key: StaticString) {
    if buffer.count > 1 { buffer.append(UInt8(ascii: ",")) }
    buffer.append(UInt8(ascii: "\""))
    key.withUTF8Buffer { buffer.append(contentsOf: $0) }
    buffer.append(UInt8(ascii: "\""))
    buffer.append(UInt8(ascii: ":"))
  }

  private mutating func append(_ text: String) { buffer.append(contentsOf: text.utf8) }

  private mutating func append(_ value: Int) {
    var rest = value.magnitude
    if value < 0 { buffer.append(UInt8(ascii: "-")) }
    let first = buffer.count
    repeat {
      buffer.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10))
      rest /= 10
    } while rest > 0
    buffer[first...].reverse()
  }

  private mutating func append(_ value: JSONValue) {
    switch value {
    case .null: append("null")
    case .bool(let value): append(value ? "true" : "false")
    case .number(let digits): append(digits)
    case .string(let text): appendQuoted(text)
    case .array(let values):
      buffer.append(UInt8(ascii: "["))
      for (index, value) in values.enumerated() {
        if index > 0 { buffer.append(UInt8(ascii: ",")) }
        append(value)
      }
      buffer.append(UInt8(ascii: "]"))
    case .object(let members):
      buffer.append(UInt8(ascii: "{"))
      for (index, member) in members.enumerated() {
        if index > 0 { buffer.append(UInt8(ascii: ",")) }
        appendQuoted(member.key)
        buffer.append(UInt8(ascii: ":"))
        append(member.value)
      }
      buffer.append(UInt8(ascii: "}"))
    }
  }

  private mutating func appendQuoted(_ text: String) {
    buffer.append(UInt8(ascii: "\""))
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""): append("\\\"")
      case UInt8(ascii: "\\"): append("\\\\")
      case UInt8(ascii: "\n"): append("\\n")
      case UInt8(ascii: "\r"): append("\\r")
      case UInt8(ascii: "\t"): append("\\t")
      case 0..<0x20:
        let digits = Array("0123456789abcdef".utf8)
        append("\\u00")
        buffer.append(digits[Int(byte >> 4)])
        buffer.append(digits[Int(byte & 15)])
      default: buffer.append(byte)
      }
    }
    buffer.append(UInt8(ascii: "\""))
  }
}
