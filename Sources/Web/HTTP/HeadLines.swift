/// The lines of a head, or those behind a chunked body, byte by byte: their limits, and what some versions of llhttp
/// accept though readers disagree on it: a lone CR or LF, a header's value on two lines, several spaces in a request
/// line.
struct HeadLines {
  enum Part {
    case request
    case response
    /// The lines behind a chunked body.
    case trailer
  }

  /// With the first line. A URL with every parameter and a token has under 400 bytes; browsers with many cookies send
  /// some kilobytes, and clients of other services a hundred words to listen for.
  static let maximumBytes = 16_384
  /// Browsers send about twenty.
  static let maximumHeaders = 100

  let part: Part
  /// Number of bytes read.
  private(set) var bytes = 0
  /// The empty line has come.
  private(set) var isOver = false
  private(set) var firstByte: UInt8?
  private var isInFirstLine: Bool
  private var lastByte: UInt8 = 0
  private var lineBytes = 0
  private var spacesInFirstLine = 0
  private var headers = 0

  init(_ part: Part) {
    self.part = part
    isInFirstLine = part != .trailer
  }

  /// Takes the bytes to the end of the lines; later ones are not looked at.
  mutating func check(_ piece: UnsafeRawBufferPointer) -> RequestError? {
    for byte in piece {
      if isOver { return nil }
      bytes += 1
      if let error = check(byte) { return error }
    }
    return nil
  }

  private mutating func check(_ byte: UInt8) -> RequestError? {
    if bytes > Self.maximumBytes { return tooLong }
    if (lastByte == 13) != (byte == 10) { return Self.lineEnd }
    lastByte = byte
    switch byte {
    case 13: return nil
    case 10: return endLine()
    default: return takeInLine(byte)
    }
  }

  private mutating func endLine() -> RequestError? {
    defer { lineBytes = 0 }
    guard isInFirstLine else {
      isOver = lineBytes == 0
      return nil
    }
    // Empty lines ahead of a message are passed over.
    guard lineBytes > 0 else { return nil }
    isInFirstLine = false
    return part == .request && spacesInFirstLine != 2 ? malformedFirstLine : nil
  }

  private mutating func takeInLine(_ byte: UInt8) -> RequestError? {
    if firstByte == nil { firstByte = byte }
    if lineBytes == 0, !isInFirstLine {
      if byte == 32 || byte == 9 { return RequestError(400, "A header must be on one line") }
      headers += 1
      if headers > Self.maximumHeaders { return tooMany }
    }
    lineBytes += 1
    if isInFirstLine, byte == 32 { spacesInFirstLine += 1 }
    return nil
  }

  // MARK: Faults

  static let lineEnd = RequestError(400, "Expected CR LF at the end of a line")

  var malformedFirstLine: RequestError {
    RequestError(
      400,
      part == .request
        ? "Malformed request line: expected method, target and version"
        : "Malformed status line: expected HTTP/1.1, a status of three digits and a reason")
  }

  var tooLong: RequestError {
    switch part {
    case .request where isInFirstLine: RequestError(414, "Request line too long")
    case .response where isInFirstLine: RequestError(431, "Status line too long")
    case .request: RequestError(431, "Request headers too long")
    case .response: RequestError(431, "Response headers too long")
    case .trailer: RequestError(431, "Headers behind the body too long")
    }
  }

  private var tooMany: RequestError {
    switch part {
    case .request: RequestError(431, "Too many request headers")
    case .response: RequestError(431, "Too many response headers")
    case .trailer: RequestError(431, "Too many headers behind the body")
    }
  }
}
