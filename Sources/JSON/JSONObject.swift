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
    write(key, valueBytes: TextCursor.figureBytes) { $0.put(figure: figure) }
  }

  /// The first members in one piece of at most so many bytes, with commas between them.
  public mutating func add(upTo bytes: Int, _ members: (inout TextCursor) -> Void) {
    precondition(buffer.last == UInt8(ascii: "{"), "There would be a comma missing after the members before.")
    append(upTo: bytes, members)
  }

  public mutating func add(_ key: StaticString, _ value: Bool) {
    write(key, valueBytes: 5) { $0.put(value ? "true" : "false") }
  }

  public mutating func add(_ key: StaticString, _ value: String) {
    write(key, valueBytes: TextCursor.quotedBytes(value)) { $0.put(quoted: value) }
  }

  public mutating func add(_ key: StaticString, _ value: JSONValue) {
    write(key, valueBytes: 0) { _ in }
    append(value)
  }

  /// A value that is JSON text already.
  public mutating func add(_ key: StaticString, json text: String) {
    write(key, valueBytes: 0) { _ in }
    append(text)
  }

  /// An object with the members that `members` adds.
  public mutating func add(_ key: StaticString, object members: (inout JSONObject) -> Void) {
    write(key, valueBytes: 0) { _ in }
    append(members)
  }

  /// An array of so many objects; `members` adds those of each.
  public mutating func add(
    _ key: StaticString, objects count: Int, _ members: (_ index: Int, inout JSONObject) -> Void
  ) {
    write(key, valueBytes: 1) { $0.put(UInt8(ascii: "[")) }
    for index in 0..<count {
      if index > 0 { buffer.append(UInt8(ascii: ",")) }
      append { members(index, &$0) }
    }
    buffer.append(UInt8(ascii: "]"))
  }

  /// A value in one piece of at most so many bytes.
  public mutating func add(_ key: StaticString, upTo bytes: Int, _ value: (inout TextCursor) -> Void) {
    write(key, valueBytes: bytes, value)
  }

  private mutating func append(_ members: (inout JSONObject) -> Void) {
    buffer.append(UInt8(ascii: "{"))
    members(&self)
    buffer.append(UInt8(ascii: "}"))
  }

  /// A member's key, and a value of at most so many bytes, in one piece: the room for them is looked at once.
  @inline(__always)
  private mutating func write(_ key: StaticString, valueBytes: Int, _ value: (inout TextCursor) -> Void) {
    let isFirst = buffer.last == UInt8(ascii: "{")
    append(upTo: key.utf8CodeUnitCount + 4 + valueBytes) { cursor in
      if !isFirst { cursor.put(UInt8(ascii: ",")) }
      cursor.put(UInt8(ascii: "\""))
      cursor.put(key)
      cursor.put("\":")
      value(&cursor)
    }
  }

  @inline(__always)
  private mutating func append(upTo bytes: Int, _ write: (inout TextCursor) -> Void) {
    buffer.append(addingCapacity: bytes) { span in
      span.withUnsafeMutableBufferPointer { memory, count in
        guard let start = memory.baseAddress else { return }
        var cursor = TextCursor(start + count)
        write(&cursor)
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

  private mutating func appendQuoted(_ text: String) {
    append(upTo: TextCursor.quotedBytes(text)) { $0.put(quoted: text) }
  }
}
