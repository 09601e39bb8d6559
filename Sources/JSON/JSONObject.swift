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
    write(key, valueBytes: TextCursor.integerBytes) { $0.put(value) }
  }

  /// Shortest text that reads back as the same float64. JSON has no NaN and no infinity: neither may come here.
  public mutating func add(_ key: StaticString, _ value: Double) {
    write(key, valueBytes: 0) { _ in }
    appendShortest(value)
  }

  private mutating func appendShortest(_ value: Double) {
    precondition(value.isFinite, "JSON has no number for NaN or infinity.")
    append(value.description)
  }

  /// What was measured, rounded to fifteen significant digits; `null` when there is no value.
  public mutating func add(_ key: StaticString, figure: Double?) {
    guard let figure else { return add(key, JSONValue.null) }
    var isWritten = false
    write(key, valueBytes: TextCursor.figureBytes) { isWritten = $0.put(figure: figure) }
    if !isWritten { appendShortest(figure) }
  }

  public mutating func add(_ key: StaticString, _ value: Bool) {
    write(key, valueBytes: 5) { $0.put(value ? "true" : "false") }
  }

  public mutating func add(_ key: StaticString, _ value: String) {
    write(key, valueBytes: 0) { _ in }
    appendQuoted(value)
  }

  public mutating func add(_ key: StaticString, _ value: JSONValue) {
    write(key, valueBytes: 0) { _ in }
    append(value)
  }

  /// A member's key, and a value of at most so many bytes, in one piece: the room for them is looked at once.
  @inline(__always)
  private mutating func write(_ key: StaticString, valueBytes: Int, _ value: (inout TextCursor) -> Void) {
    let isFirst = buffer.count == 1
    buffer.append(addingCapacity: key.utf8CodeUnitCount + 4 + valueBytes) { span in
      span.withUnsafeMutableBufferPointer { memory, count in
        guard let start = memory.baseAddress else { return }
        var cursor = TextCursor(start + count)
        if !isFirst { cursor.put(UInt8(ascii: ",")) }
        cursor.put(UInt8(ascii: "\""))
        cursor.put(key)
        cursor.put("\":")
        value(&cursor)
        count = cursor.place - start
      }
    }
  }

  private mutating func append(_ text: StaticString) { text.withUTF8Buffer { buffer.append(contentsOf: $0) } }

  private mutating func append(_ text: String) {
    var text = text
    text.withUTF8 { buffer.append(contentsOf: $0) }
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

  /// Copies the text in runs: most texts are one, with nothing in them to escape.
  private mutating func appendQuoted(_ text: String) {
    var text = text
    buffer.append(UInt8(ascii: "\""))
    text.withUTF8 { bytes in
      var run = 0
      var index = 0
      while index < bytes.count {
        if index + 8 <= bytes.count, !Self.mustEscapeAny(ofEightAt: bytes, index) {
          index += 8
          continue
        }
        if Self.mustEscape(bytes[index]) {
          buffer.append(contentsOf: UnsafeBufferPointer(rebasing: bytes[run..<index]))
          appendEscaped(bytes[index])
          run = index + 1
        }
        index += 1
      }
      buffer.append(contentsOf: UnsafeBufferPointer(rebasing: bytes[run...]))
    }
    buffer.append(UInt8(ascii: "\""))
  }

  private static func mustEscape(_ byte: UInt8) -> Bool {
    byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
  }

  /// Looks at eight bytes as one number: a byte's highest bit is set in what is returned of those to be escaped.
  /// (Vectors of bytes are compared one by one, it turned out.)
  private static func mustEscapeAny(ofEightAt bytes: UnsafeBufferPointer<UInt8>, _ index: Int) -> Bool {
    let eight = UnsafeRawPointer(bytes.baseAddress.unsafelyUnwrapped + index).loadUnaligned(as: UInt64.self)
    let ones: UInt64 = 0x0101_0101_0101_0101
    func isZeroByte(_ number: UInt64) -> UInt64 { (number &- ones) & ~number }
    let controls = (eight &- ones &* 0x20) & ~eight
    let quotes = isZeroByte(eight ^ (ones &* UInt64(UInt8(ascii: "\""))))
    let backslashes = isZeroByte(eight ^ (ones &* UInt64(UInt8(ascii: "\\"))))
    return (controls | quotes | backslashes) & (ones &* 0x80) != 0
  }

  private mutating func appendEscaped(_ byte: UInt8) {
    switch byte {
    case UInt8(ascii: "\n"): append("\\n")
    case UInt8(ascii: "\r"): append("\\r")
    case UInt8(ascii: "\t"): append("\\t")
    case 0..<0x20:
      append("\\u00")
      for digit in [byte >> 4, byte & 15] {
        buffer.append((digit < 10 ? UInt8(ascii: "0") : UInt8(ascii: "a") - 10) + digit)
      }
    default:
      buffer.append(UInt8(ascii: "\\"))
      buffer.append(byte)
    }
  }
}
