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

/// Reads HTTP/1.1 messages of one connection: bytes in, events out. llhttp parses; `HeadLines` has the limits, and
/// checks the ends of lines.
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

  private let raw = UnsafeMutablePointer<llhttp_t>.allocate(capacity: 1)
  fileprivate let kind: Kind
  fileprivate var events: [Event] = []
  private var collected = Collected()
  private var lines: HeadLines
  /// From the last chunk of a body on.
  private var trailer: HeadLines?
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
    /// The last chunk's size has been read.
    var isAtTrailer = false
  }

  init(_ kind: Kind) {
    self.kind = kind
    lines = HeadLines(kind == .requests ? .request : .response)
    startMessage()
  }

  private func startMessage() {
    llhttp_init(raw, kind == .requests ? HTTP_REQUEST : HTTP_RESPONSE, Self.callbacks)
    raw.pointee.data = Unmanaged.passUnretained(self).toOpaque()
    collected = Collected()
    lines = HeadLines(lines.part)
    trailer = nil
  }

  deinit { raw.deallocate() }

  /// Some of a message has come, but not its end.
  var hasBegun: Bool { lines.bytes > 0 || unknownLine != nil }

  /// The path that is asked for, as far as it has come, unparsed; nil before it.
  var path: String? {
    collected.target.isEmpty
      ? nil : String(decoding: collected.target.prefix { $0 != UInt8(ascii: "?") }, as: UTF8.self)
  }

  /// The method of the request that is being read; nil before its target.
  var method: String? {
    guard kind == .requests, !collected.target.isEmpty, unknownLine == nil else { return nil }
    return llhttp_method_name(llhttp_method_t(UInt32(raw.pointee.method))).map { String(cString: $0) }
  }

  /// Reads to the end of a message at most.
  /// - Returns: how many bytes were read, and what was in them. Bodies lie in these bytes.
  func read(_ bytes: UnsafeRawBufferPointer) -> (count: Int, events: [Event]) {
    guard !isOver, bytes.baseAddress != nil else { return (0, []) }
    events = []
    if unknownLine != nil { return readTarget(bytes) }
    if lines.bytes == 0, kind == .requests, bytes[0] == 0x16 {
      return fail(RequestError(400, "This port does not use TLS"), after: 0)
    }
    var count = 0
    while count < bytes.count {
      let known = events.count
      let rest = UnsafeRawBufferPointer(rebasing: bytes[count...])
      let status = llhttp_execute(raw, rest.baseAddress?.assumingMemoryBound(to: CChar.self), rest.count)
      let read = status == HPE_OK ? rest.count : errorPosition(in: rest)
      if let error = check(UnsafeRawBufferPointer(rebasing: rest[..<read])) {
        events.removeSubrange(known...)
        return fail(error, after: count + read)
      }
      count += read
      if status == HPE_PAUSED, trailer == nil, collected.isAtTrailer {
        trailer = HeadLines(.trailer)
        llhttp_resume(raw)
      } else {
        return end(status, after: count, of: bytes)
      }
    }
    return (count, events)
  }

  private func errorPosition(in bytes: UnsafeRawBufferPointer) -> Int {
    guard let base = bytes.baseAddress, let position = llhttp_get_error_pos(raw) else { return bytes.count }
    return UnsafeRawPointer(position) - base
  }

  private func check(_ bytes: UnsafeRawBufferPointer) -> RequestError? {
    trailer == nil ? lines.check(bytes) : trailer?.check(bytes)
  }

  private func end(
    _ status: llhttp_errno_t, after count: Int, of bytes: UnsafeRawBufferPointer
  ) -> (count: Int, events: [Event]) {
    switch status {
    case HPE_OK: break
    case HPE_PAUSED:
      if raw.pointee.upgrade != 0 { events[events.count - 1] = .upgrade }
      startMessage()
    case HPE_INVALID_METHOD where count < bytes.count && isInMethod(bytes[count]):
      let (rest, events) = readTarget(UnsafeRawBufferPointer(rebasing: bytes[count...]))
      return (count + rest, events)
    default: return fail(refusal(status), after: count)
    }
    return (count, events)
  }

  private func fail(_ error: RequestError, after count: Int) -> (Int, [Event]) {
    isOver = true
    return (count, events + [.failed(error)])
  }

  private static let unknownMethod = RequestError(405, "Unknown method", headers: [.init("allow", "GET, HEAD")])

  /// Reads what is asked for with an unknown method, since the service of that path words the answer.
  private func readTarget(_ bytes: UnsafeRawBufferPointer) -> (Int, [Event]) {
    let piece = bytes.prefix { $0 != 10 }
    let line = (unknownLine ?? []) + piece
    unknownLine = line
    // The place where llhttp sees the mistake depends on how the bytes came.
    guard line.prefix(while: { $0 != 32 }).allSatisfy(isInMethod) else {
      return fail(refusal(HPE_INVALID_METHOD), after: bytes.count)
    }
    guard lines.bytes + line.count <= HeadLines.maximumBytes else { return fail(lines.tooLong, after: bytes.count) }
    guard piece.count < bytes.count else { return (bytes.count, []) }
    let words = line.split(separator: 32, omittingEmptySubsequences: false)
    if words.count > 1 { collected.target = Array(words[1]) }
    return fail(Self.unknownMethod, after: bytes.count)
  }

  /// Whether a byte at which no method is known any more could belong to one.
  private func isInMethod(_ byte: UInt8) -> Bool {
    let capitals = UInt8(ascii: "A")...UInt8(ascii: "Z")
    return capitals.contains(lines.firstByte ?? byte) && (capitals.contains(byte) || byte == 32)
  }

  private func refusal(_ status: llhttp_errno_t) -> RequestError {
    switch status {
    case HPE_INVALID_METHOD where kind == .requests:
      RequestError(400, "Expected a request to begin with its method")
    case HPE_INVALID_URL: RequestError(400, "Invalid request target")
    // What follows the version is wrong, or a dot is missing.
    case HPE_INVALID_VERSION where isKnownVersion: lines.malformedFirstLine
    case HPE_INVALID_VERSION, HPE_PAUSED_H2_UPGRADE: RequestError(505, "Unsupported HTTP version: expected 1.1 or 1.0")
    case HPE_INVALID_CONSTANT where kind == .requests: RequestError(400, "Malformed request line: expected HTTP")
    case HPE_INVALID_METHOD, HPE_INVALID_CONSTANT, HPE_INVALID_STATUS: lines.malformedFirstLine
    case HPE_CR_EXPECTED, HPE_LF_EXPECTED: HeadLines.lineEnd
    case HPE_STRICT: RequestError(400, "Expected a chunk to have its size, CR LF, so many bytes, and CR LF")
    case HPE_INVALID_CONTENT_LENGTH: RequestError(400, "Invalid Content-Length")
    case HPE_UNEXPECTED_CONTENT_LENGTH: RequestError(400, "Duplicate Content-Length, or beside Transfer-Encoding")
    case HPE_INVALID_TRANSFER_ENCODING: RequestError(400, "Invalid Transfer-Encoding")
    case HPE_INVALID_CHUNK_SIZE: RequestError(400, "Invalid size of a chunk")
    case HPE_INVALID_HEADER_TOKEN: RequestError(400, "Malformed header: expected name, colon and value")
    default: RequestError(400, "Malformed HTTP")
    }
  }

  /// Whether llhttp takes the version that has been read.
  private var isKnownVersion: Bool {
    switch (raw.pointee.http_major, raw.pointee.http_minor) {
    case (0, 9), (1, 0), (1, 1), (2, 0): true
    default: false
    }
  }

  // MARK: From llhttp

  fileprivate func target(_ bytes: UnsafeRawBufferPointer) { collected.target += bytes }

  // The lines behind a chunked body are not needed.

  fileprivate func name(_ bytes: UnsafeRawBufferPointer) {
    guard !collected.isInBody else { return }
    if collected.isInValue {
      collected.names.append([])
      collected.values.append([])
      collected.isInValue = false
    }
    collected.names[collected.names.count - 1] += bytes
  }

  fileprivate func value(_ bytes: UnsafeRawBufferPointer) {
    guard !collected.isInBody, !collected.values.isEmpty else { return }
    collected.isInValue = true
    collected.values[collected.values.count - 1] += bytes
  }

  /// - Returns: whether llhttp pauses: behind the last chunk, where lines are checked again.
  fileprivate func chunkBegins() -> Int32 {
    guard raw.pointee.content_length == 0 else { return 0 }
    collected.isAtTrailer = true
    return Int32(HPE_PAUSED.rawValue)
  }

  /// - Returns: what llhttp does with the body.
  fileprivate func headersComplete() -> Int32 {
    var head = HTTPHead()
    head.status = Int(raw.pointee.status_code)
    head.major = Int(raw.pointee.http_major)
    head.minor = Int(raw.pointee.http_minor)
    if kind == .requests {
      head.method = method ?? ""
      head.target = String(decoding: collected.target, as: UTF8.self)
    }
    head.headers = HTTPHeaders(
      zip(collected.names, collected.values).map {
        (String(decoding: $0, as: UTF8.self), HTTPHeaders.trimmed(String(decoding: $1, as: UTF8.self)))
      })
    events.append(.head(head))
    collected.isInBody = true
    guard kind != .requests else { return 0 }
    if kind == .tunnelResponses, head.status / 100 == 2 { return 2 }
    // They have no body, whatever their headers say (RFC 9112, 6.3).
    return head.status / 100 == 1 || head.status == 204 || head.status == 304 ? 1 : 0
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
    callbacks.pointee.on_header_field = {
      parser($0)?.name(span($1, $2))
      return 0
    }
    callbacks.pointee.on_header_value = {
      parser($0)?.value(span($1, $2))
      return 0
    }
    callbacks.pointee.on_headers_complete = { parser($0)?.headersComplete() ?? -1 }
    callbacks.pointee.on_body = {
      parser($0)?.events.append(.body(span($1, $2)))
      return 0
    }
    callbacks.pointee.on_chunk_header = { parser($0)?.chunkBegins() ?? -1 }
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
