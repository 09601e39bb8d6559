internal import Glibc

/// Finds the broker's operations in bytes as they come: NATS, a protocol of lines, some with a payload behind them.
///
/// Use: give it what was read, call `next` until that is nil, again. After an error it is of no more use.
public struct ProtocolReader: ~Copyable {
  /// The description of a cluster names all of its members.
  static let longestLine = 64 << 10
  /// The broker's own default limit; nothing here is nearly as large.
  static let largestPayload = 1 << 20

  private var base: UnsafeMutableRawPointer
  private var capacity = 64 << 10
  private var head = 0
  private var tail = 0
  /// Bytes from `head` in which no line ends.
  private var scanned = 0
  /// A message whose line has been read and whose payload has not come yet.
  private var pending: MessageLine?

  public init() { base = Self.allocate(capacity) }

  deinit { free(base) }

  /// Takes what was read; what `next` gave before is void.
  public mutating func take(_ bytes: UnsafeRawBufferPointer) {
    guard let source = bytes.baseAddress, bytes.count > 0 else { return }
    reserve(bytes.count)
    (base + tail).copyMemory(from: source, byteCount: bytes.count)
    tail += bytes.count
  }

  /// The bytes that belong to no operation yet.
  public var rest: [UInt8] { Array(UnsafeRawBufferPointer(start: base + head, count: tail - head)) }

  /// The next whole operation, or nil: more bytes are needed.
  public mutating func next() throws(BrokerError) -> ServerOperation? {
    if let pending { return try finish(pending) }
    guard let line = try line() else { return nil }
    let words = line.split(whereSeparator: { $0 == space || $0 == tab })
    guard let verb = words.first else { throw .malformed("an empty line") }
    switch String(decoding: verb, as: UTF8.self) {
    case "MSG":
      let message = try MessageLine(words.dropFirst(), in: line, hasHeader: false)
      pending = message
      return try finish(message)
    case "HMSG":
      let message = try MessageLine(words.dropFirst(), in: line, hasHeader: true)
      pending = message
      return try finish(message)
    case "PING":
      consume(line)
      return .ping
    case "PONG":
      consume(line)
      return .pong
    case "+OK":
      consume(line)
      return .ok
    case "-ERR":
      consume(line)
      let text = String(decoding: line.dropFirst(4), as: UTF8.self)
      return .error(String(text.drop { $0 == " " }.filter { $0 != "'" }))
    case "INFO":
      consume(line)
      return .info(try ServerInfo(json: UnsafeRawBufferPointer(rebasing: line.dropFirst(4))))
    case let other: throw .malformed("the unknown operation \"\(other.prefix(20))\"")
    }
  }

  /// Without the end of the line; nil if that has not come.
  private mutating func line() throws(BrokerError) -> UnsafeRawBufferPointer? {
    let start = base + head
    let count = tail - head
    guard let end = memchr(start + scanned, Int32(newline), count - scanned) else {
      guard count <= Self.longestLine else { throw .malformed("a line of more than \(Self.longestLine) bytes") }
      scanned = count
      return nil
    }
    let length = UnsafeRawPointer(end) - UnsafeRawPointer(start)
    guard length > 0, length <= Self.longestLine,
      start.load(fromByteOffset: length - 1, as: UInt8.self) == carriageReturn
    else { throw .malformed("a line that does not end as lines of NATS do") }
    scanned = 0
    return UnsafeRawBufferPointer(start: start, count: length - 1)
  }

  /// The line is done with; its memory stays as it is until more bytes come.
  private mutating func consume(_ line: UnsafeRawBufferPointer) { head += line.count + 2 }

  /// The message, once its payload is there.
  private mutating func finish(_ message: MessageLine) throws(BrokerError) -> ServerOperation? {
    let whole = message.lineBytes + 2 + message.totalBytes + 2
    guard tail - head >= whole else { return nil }
    let start = base + head
    let body = UnsafeRawBufferPointer(start: start + message.lineBytes + 2, count: message.totalBytes)
    let end = UnsafeRawBufferPointer(start: start + whole - 2, count: 2)
    guard end[0] == carriageReturn, end[1] == newline else { throw .malformed("a payload without its end") }
    pending = nil
    head += whole
    let header = UnsafeRawBufferPointer(rebasing: body[..<message.headerBytes])
    return .message(
      BrokerMessage(
        subscription: message.subscription,
        subjectBytes: UnsafeRawBufferPointer(start: start + message.subject.lowerBound, count: message.subject.count),
        status: message.headerBytes > 0 ? try Self.status(header) : nil,
        payload: UnsafeRawBufferPointer(rebasing: body[message.headerBytes...])))
  }

  private static let version = Array("NATS/1.0".utf8)

  /// Three digits behind the version; nil for a header that has none.
  private static func status(_ header: UnsafeRawBufferPointer) throws(BrokerError) -> Int? {
    guard header.starts(with: version) else { throw .malformed("a header of another version") }
    let digits = header.dropFirst(version.count).drop { $0 == space }.prefix { (48...57).contains($0) }
    return digits.count == 3 ? digits.reduce(0) { $0 * 10 + Int($1) - 48 } : nil
  }

  private mutating func reserve(_ count: Int) {
    let held = tail - head
    if held == 0 { (head, tail) = (0, 0) }
    guard capacity - tail < count else { return }
    if held + count <= capacity {
      memmove(base, base + head, held)
    } else {
      capacity = max(2 * capacity, held + count)
      let grown = Self.allocate(capacity)
      memcpy(grown, base + head, held)
      free(base)
      base = grown
    }
    (head, tail) = (0, held)
  }

  private static func allocate(_ count: Int) -> UnsafeMutableRawPointer {
    guard let memory = malloc(count) else { preconditionFailure("out of memory: \(count) bytes") }
    return memory
  }
}

private let space = UInt8(ascii: " ")
private let tab = UInt8(ascii: "\t")
private let newline = UInt8(ascii: "\n")
private let carriageReturn = UInt8(ascii: "\r")

/// The line before a payload: subject, subscription, perhaps a subject for replies, perhaps bytes of the header, bytes.
private struct MessageLine {
  var lineBytes: Int
  /// In the line.
  var subject: Range<Int>
  var subscription: Int
  var headerBytes: Int
  /// The header's bytes are among them.
  var totalBytes: Int

  init(
    _ words: ArraySlice<UnsafeRawBufferPointer.SubSequence>, in line: UnsafeRawBufferPointer, hasHeader: Bool
  ) throws(BrokerError) {
    let words = Array(words)
    let counts = hasHeader ? 2 : 1
    guard (2 + counts...3 + counts).contains(words.count) else {
      throw .malformed("a message with \(words.count) fields")
    }
    lineBytes = line.count
    subject = words[0].startIndex..<words[0].endIndex
    subscription = try Self.number(words[1])
    totalBytes = try Self.number(words[words.count - 1])
    headerBytes = hasHeader ? try Self.number(words[words.count - 2]) : 0
    guard totalBytes <= ProtocolReader.largestPayload else { throw .malformed("a message of \(totalBytes) bytes") }
    guard headerBytes <= totalBytes else { throw .malformed("a header larger than its message") }
  }

  private static func number(_ word: UnsafeRawBufferPointer.SubSequence) throws(BrokerError) -> Int {
    guard (1...15).contains(word.count), word.allSatisfy({ (48...57).contains($0) }) else {
      throw .malformed("\"\(String(decoding: word.prefix(20), as: UTF8.self))\" instead of a number")
    }
    return word.reduce(0) { $0 * 10 + Int($1) - 48 }
  }
}
