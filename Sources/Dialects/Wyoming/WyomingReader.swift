internal import Contract
internal import JSON

/// Reads events as they come, however they are cut.
public struct WyomingReader: Sendable {
  private var bytes: [UInt8] = []
  /// Those before it are read.
  private var start = 0
  /// The line of the next event, once it is there.
  private var line: Line?

  private struct Line {
    /// Memory of its value, at most: three bytes of text, as in a list of empty lists, become one.
    var bytes: Int
    var type: String
    var data: [JSONValue.Member]
    var dataBytes: Int
    var payloadBytes: Int
  }

  static let mostLineBytes = 64 << 10
  static let mostBytes = 1 << 20

  public init() {}

  public mutating func append(_ more: UnsafeRawBufferPointer) {
    if start > 0 {
      bytes.removeFirst(start)
      start = 0
    }
    bytes += more
  }

  /// Bytes that are there and not read, with those of a line whose data or payload is awaited.
  public var heldBytes: Int { unreadBytes + (line?.bytes ?? 0) }
  private var unreadBytes: Int { bytes.count - start }

  /// The next event; nil until it is there as a whole.
  public mutating func next() throws(WyomingProblem) -> WyomingEvent? {
    if line == nil {
      guard let end = bytes[start...].firstIndex(of: 10) else {
        guard unreadBytes <= Self.mostLineBytes else { throw Self.tooLong }
        return nil
      }
      guard end - start <= Self.mostLineBytes else { throw Self.tooLong }
      line = try Self.read(bytes[start..<end])
      start = end + 1
    }
    guard let line, unreadBytes >= line.dataBytes + line.payloadBytes else { return nil }
    self.line = nil
    let dataEnd = start + line.dataBytes
    let members = line.data + (line.dataBytes > 0 ? try Self.object(bytes[start..<dataEnd], "data") : [])
    start = dataEnd + line.payloadBytes
    return WyomingEvent(line.type, members, payload: Array(bytes[dataEnd..<start]))
  }

  private static let tooLong = WyomingProblem("expected a line of JSON of at most \(mostLineBytes) bytes, got more")

  private static func read(_ bytes: ArraySlice<UInt8>) throws(WyomingProblem) -> Line {
    let value = JSONValue.object(try object(bytes, "line"))
    guard let type = value["type"]?.string else {
      throw WyomingProblem("type: expected a string in \(value.text.quoted)")
    }
    var data: [JSONValue.Member] = []
    switch value["data"] {
    case nil, .null?: break
    case .object(let members)?: data = members
    case let other?: throw WyomingProblem("data: expected an object, got \(other.text.quoted)")
    }
    return Line(
      bytes: bytes.count * MemoryLayout<JSONValue>.stride / 2,
      type: type, data: data, dataBytes: try length("data_length", in: value),
      payloadBytes: try length("payload_length", in: value))
  }

  private static func length(_ key: String, in value: JSONValue) throws(WyomingProblem) -> Int {
    switch value[key] {
    case nil, .null?: return 0
    case let length?:
      guard let count = length.integer, (0...mostBytes).contains(count) else {
        throw WyomingProblem("\(key): expected an integer from 0 to \(mostBytes), got \(length.text.quoted)")
      }
      return count
    }
  }

  private static func object(_ bytes: ArraySlice<UInt8>, _ what: String) throws(WyomingProblem) -> [JSONValue.Member] {
    guard case .object(let members)? = try? JSONValue(parsing: bytes) else {
      throw WyomingProblem(
        "\(what): expected a JSON object, got \(String(decoding: bytes.prefix(60), as: UTF8.self).quoted)")
    }
    return members
  }
}
