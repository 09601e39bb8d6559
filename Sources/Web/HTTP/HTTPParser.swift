internal import CLLHTTP
import Glibc

/// The head of a message, as it came.
struct HTTPHead: Equatable {
  /// Requests only.
  var method = ""
  /// Requests only; neither decoded nor resolved.
  var target = ""
  /// Responses only.
  var status = 0
  var major = 1
  var minor = 1
  var headers = HTTPHeaders()
}

/// Reads HTTP/1.1 messages of one connection: bytes in, events out. llhttp parses; the limits of a head are ours, as it
/// has none.
///
/// States: reading, and after `failed` nothing.
final class HTTPParser {
  enum Event {
    case head(HTTPHead)
    /// A piece of the body, in the memory given.
    case body(UnsafeRawBufferPointer)
    /// The message is complete. Nothing behind it has been read: call again with the rest.
    case end
    /// The message is complete, and what follows is in another protocol if that is agreed on.
    case upgrade
    case failed(RequestError)
  }

  enum Kind {
    case requests
    case responses
    /// Responses to CONNECT: one of 2xx has no body, and the tunnel begins.
    case tunnelResponses
  }

  /// With the request line. A URL with every parameter and a token has under 400 bytes; browsers with many cookies send
  /// some kilobytes, and clients of other services a hundred words to listen for.
  static let maximumHeadBytes = 16_384
  /// Browsers send about twenty.
  static let maximumLines = 100

  private let raw = UnsafeMutablePointer<llhttp_t>.allocate(capacity: 1)
  fileprivate let kind: Kind
  fileprivate var events: [Event] = []
  private var collected = Collected()
  /// Bytes of the head, and later of the trailer, that were given to llhttp.
  private var headBytes = 0
  /// The rest of a line whose method is unknown, from where it is no known one.
  private var unknownLine: [UInt8]?
  private var isOver = false

  /// What has come of a head.
  fileprivate struct Collected {
    var target: [UInt8] = []
    var names: [[UInt8]] = []
    var values: [[UInt8]] = []
    /// The last piece belonged to a value, so the next name begins a line.
    var isInValue = true
    var isInBody = false
    var trailerBytes = 0
    private(set) var isHeadOver = false
    private(set) var firstByte: UInt8?
    private var lastByte: UInt8 = 0
    private var lineBytes = 0
    private var spacesInFirstLine = 0
    private var isInFirstLine = true

    /// The next byte of the head.
    mutating func check(_ byte: UInt8, isRequest: Bool) -> RequestError? {
      if (lastByte == 13) != (byte == 10) { return RequestError(400, "Expected CR LF at the end of a line") }
      defer { lastByte = byte }
      switch byte {
      case 13: break
      case 10:
        if lineBytes == 0 { isHeadOver = !isInFirstLine }
        if lineBytes > 0, isInFirstLine {
          isInFirstLine = false
          if isRequest, spacesInFirstLine != 2 { return HTTPParser.malformedLine }
        }
        lineBytes = 0
      default:
        if lineBytes == 0, !isInFirstLine, byte == 32 || byte == 9 {
          return RequestError(400, "A header must be on one line")
        }
        lineBytes += 1
        if firstByte == nil { firstByte = byte }
        if isInFirstLine, byte == 32 { spacesInFirstLine += 1 }
      }
      return nil
    }
  }

  init(_ kind: Kind) {
    self.kind = kind
    startMessage()
  }

  private func startMessage() {
    llhttp_init(raw, kind == .requests ? HTTP_REQUEST : HTTP_RESPONSE, Self.callbacks)
    raw.pointee.data = Unmanaged.passUnretained(self).toOpaque()
    collected = Collected()
    headBytes = 0
  }

  deinit { raw.deallocate() }

  /// Some of a message has come, but not its end.
  var hasBegun: Bool { headBytes > 0 }

  /// The path that is asked for, as far as it has come, unparsed; nil before it.
  var path: String? {
    collected.target.isEmpty
      ? nil : String(decoding: collected.target.prefix { $0 != UInt8(ascii: "?") }, as: UTF8.self)
  }

  /// Reads to the end of a message at most.
  /// - Returns: how many bytes were read, and what was in them. Bodies lie in these bytes.
  func read(_ bytes: UnsafeRawBufferPointer) -> (count: Int, events: [Event]) {
    guard !isOver, let base = bytes.baseAddress else { return (0, []) }
    events = []
    if headBytes == 0, kind == .requests, bytes[0] == 0x16 {
      return fail(RequestError(400, "This port does not use TLS"), after: 0)
    }
    if unknownLine != nil { return readTarget(bytes) }
    let status = llhttp_execute(raw, base.assumingMemoryBound(to: CChar.self), bytes.count)
    let end = llhttp_get_error_pos(raw).map { UnsafeRawPointer($0) - base } ?? bytes.count
    let count = status == HPE_OK ? bytes.count : end
    if let error = checkHead(UnsafeRawBufferPointer(rebasing: bytes[..<count])) {
      events = []
      return fail(error, after: count)
    }
    switch status {
    case HPE_OK: break
    case HPE_PAUSED:
      if raw.pointee.upgrade != 0 { events[events.count - 1] = .upgrade }
      startMessage()
    case HPE_INVALID_METHOD where count < bytes.count && isInMethod(bytes[count]):
      let (rest, events) = readTarget(UnsafeRawBufferPointer(rebasing: bytes[count...]))
      return (count + rest, events)
    // Not at the number: something follows it.
    case HPE_INVALID_VERSION
    where count < bytes.count && !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[count]):
      return fail(Self.malformedLine, after: count)
    default: return fail(refusal(status), after: count)
    }
    return (count, events)
  }

  /// The peer has shut down its side.
  /// - Returns: whether that ends a message as it should.
  func finish() -> [Event] {
    events = []
    guard !isOver else { return [] }
    isOver = true
    _ = llhttp_finish(raw)
    return events
  }

  private func fail(_ error: RequestError, after count: Int) -> (Int, [Event]) {
    isOver = true
    return (count, events + [.failed(error)])
  }

  /// Limits, and what some versions of llhttp accept though readers disagree on it: a lone CR or LF, a header's value
  /// on two lines, several spaces in the first line.
  private func checkHead(_ bytes: UnsafeRawBufferPointer) -> RequestError? {
    for byte in bytes {
      if collected.isHeadOver { break }
      headBytes += 1
      if let error = collected.check(byte, isRequest: kind == .requests) { return error }
    }
    if headBytes > Self.maximumHeadBytes {
      return collected.names.isEmpty
        ? RequestError(414, "Request line too long") : RequestError(431, "Request headers too long")
    }
    return collected.names.count > Self.maximumLines ? RequestError(431, "Too many request headers") : nil
  }

  fileprivate static let malformedLine = RequestError(
    400, "Malformed request line: expected method, target and version")

  private static let unknownMethod = RequestError(405, "Unknown method", headers: [.init("allow", "GET, HEAD")])

  /// Reads what is asked for with an unknown method, since the service of that path words the answer.
  private func readTarget(_ bytes: UnsafeRawBufferPointer) -> (Int, [Event]) {
    let piece = bytes.prefix { $0 != 10 }
    let line = (unknownLine ?? []) + piece
    unknownLine = line
    headBytes += piece.count
    guard headBytes <= Self.maximumHeadBytes else {
      return fail(RequestError(414, "Request line too long"), after: bytes.count)
    }
    guard piece.count < bytes.count else { return (bytes.count, []) }
    let words = line.split(separator: 32, omittingEmptySubsequences: false)
    if words.count > 1 { collected.target = Array(words[1]) }
    return fail(Self.unknownMethod, after: bytes.count)
  }

  /// Whether a byte at which no method is known any more could belong to one.
  private func isInMethod(_ byte: UInt8) -> Bool {
    let capitals = UInt8(ascii: "A")...UInt8(ascii: "Z")
    return capitals.contains(collected.firstByte ?? byte) && (capitals.contains(byte) || byte == 32)
  }

  private func refusal(_ status: llhttp_errno_t) -> RequestError {
    switch status {
    case HPE_INVALID_METHOD: RequestError(400, "Expected a request to begin with its method")
    case HPE_INVALID_URL: RequestError(400, "Invalid request target")
    case HPE_INVALID_VERSION, HPE_PAUSED_H2_UPGRADE: RequestError(505, "Unsupported HTTP version: expected 1.1 or 1.0")
    case HPE_INVALID_CONSTANT: RequestError(400, "Malformed request line: expected HTTP")
    case HPE_CR_EXPECTED, HPE_LF_EXPECTED: RequestError(400, "Expected CR LF at the end of a line")
    case HPE_INVALID_CONTENT_LENGTH: RequestError(400, "Invalid Content-Length")
    case HPE_UNEXPECTED_CONTENT_LENGTH: RequestError(400, "Duplicate Content-Length, or beside Transfer-Encoding")
    case HPE_INVALID_TRANSFER_ENCODING: RequestError(400, "Invalid Transfer-Encoding")
    case HPE_INVALID_CHUNK_SIZE: RequestError(400, "Invalid size of a chunk")
    case HPE_INVALID_HEADER_TOKEN: RequestError(400, "Malformed header: expected name, colon and value")
    default: RequestError(400, "Malformed HTTP")
    }
  }

  // MARK: From llhttp

  fileprivate func target(_ bytes: UnsafeRawBufferPointer) { collected.target += bytes }

  /// - Returns: false if a trailer is too long.
  fileprivate func name(_ bytes: UnsafeRawBufferPointer) -> Bool {
    guard !collected.isInBody else { return takesTrailer(bytes.count) }
    if collected.isInValue {
      collected.names.append([])
      collected.values.append([])
      collected.isInValue = false
    }
    collected.names[collected.names.count - 1] += bytes
    return true
  }

  fileprivate func value(_ bytes: UnsafeRawBufferPointer) -> Bool {
    guard !collected.isInBody, !collected.values.isEmpty else { return takesTrailer(bytes.count) }
    collected.isInValue = true
    collected.values[collected.values.count - 1] += bytes
    return true
  }

  /// The lines behind a chunked body are not needed.
  private func takesTrailer(_ bytes: Int) -> Bool {
    collected.trailerBytes += bytes
    return collected.trailerBytes <= Self.maximumHeadBytes
  }

  /// - Returns: what llhttp does with the body.
  fileprivate func headersComplete() -> Int32 {
    var head = HTTPHead()
    head.status = Int(raw.pointee.status_code)
    head.major = Int(raw.pointee.http_major)
    head.minor = Int(raw.pointee.http_minor)
    if kind == .requests {
      head.method = llhttp_method_name(llhttp_method_t(UInt32(raw.pointee.method))).map { String(cString: $0) } ?? ""
      head.target = String(decoding: collected.target, as: UTF8.self)
    }
    head.headers = HTTPHeaders(
      zip(collected.names, collected.values).map {
        (String(decoding: $0, as: UTF8.self), HTTPHeaders.trimmed(String(decoding: $1, as: UTF8.self)))
      })
    events.append(.head(head))
    collected.isInBody = true
    return kind == .tunnelResponses && head.status / 100 == 2 ? 2 : 0
  }
}

extension HTTPParser {
  /// Where llhttp calls: C functions, which find their parser in its data pointer.
  nonisolated(unsafe) private static let callbacks: UnsafeMutablePointer<llhttp_settings_t> = {
    let callbacks = UnsafeMutablePointer<llhttp_settings_t>.allocate(capacity: 1)
    llhttp_settings_init(callbacks)
    callbacks.pointee.on_url = {
      parser($0)?.target(span($1, $2))
      return 0
    }
    callbacks.pointee.on_header_field = { parser($0)?.name(span($1, $2)) == true ? 0 : -1 }
    callbacks.pointee.on_header_value = { parser($0)?.value(span($1, $2)) == true ? 0 : -1 }
    callbacks.pointee.on_headers_complete = { parser($0)?.headersComplete() ?? -1 }
    callbacks.pointee.on_body = {
      parser($0)?.events.append(.body(span($1, $2)))
      return 0
    }
    callbacks.pointee.on_message_complete = {
      parser($0)?.events.append(.end)
      return Int32(HPE_PAUSED.rawValue)
    }
    return callbacks
  }()
}

private func parser(_ raw: UnsafeMutablePointer<llhttp_t>?) -> HTTPParser? {
  raw?.pointee.data.map { Unmanaged<HTTPParser>.fromOpaque($0).takeUnretainedValue() }
}

private func span(_ start: UnsafePointer<CChar>?, _ count: Int) -> UnsafeRawBufferPointer {
  UnsafeRawBufferPointer(start: start, count: count)
}
