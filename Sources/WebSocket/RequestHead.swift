internal import Web

/// The head of one request as its bytes come in: everything up to the empty line, within limits.
struct RequestHead: Equatable {
  /// With the request line. A URL with every parameter and a token has under 400; browsers with many cookies send some
  /// kilobytes.
  static let maximumBytes = 8192
  /// Browsers send about twenty.
  static let maximumLines = 100

  /// What has been taken.
  private(set) var bytes: [UInt8] = []
  private var lineStart = 0
  private var lines = 0

  enum Step: Equatable {
    /// All of it belongs to the head, which goes on.
    case more
    /// The head is whole with so many of these bytes.
    case whole(Int)
    case refuse(RequestError)
  }

  /// Takes the next bytes, none after the head's end.
  mutating func take(_ piece: UnsafeRawBufferPointer) -> Step {
    for (index, byte) in piece.enumerated() {
      guard bytes.count < Self.maximumBytes else {
        return .refuse(
          lines == 0 ? RequestError(414, "Request line too long") : RequestError(431, "Request headers too long")
        )
      }
      if let error = check(byte) { return .refuse(error) }
      bytes.append(byte)
      guard byte == 10 else { continue }
      let isEmpty = bytes.count - lineStart == 2
      lineStart = bytes.count
      if isEmpty && lines > 0 { return .whole(index + 1) }
      if isEmpty {
        // One empty line before a request is let pass (RFC 9112, 2.2); its bytes still count.
        if bytes.count > 2 { return .refuse(RequestError(400, "Request line missing")) }
        continue
      }
      lines += 1
      if lines > Self.maximumLines + 1 { return .refuse(RequestError(431, "Too many request headers")) }
    }
    return .more
  }

  /// Garbage is known by its first bytes, so that nobody waits for the end of a line that never comes.
  private func check(_ byte: UInt8) -> RequestError? {
    if bytes.last == 13 { return byte == 10 ? nil : RequestError(400, "Expected CR LF at the end of a line") }
    switch byte {
    case 13: return nil
    case 10: return RequestError(400, "Expected CR LF at the end of a line")
    case 0x16 where bytes.isEmpty: return RequestError(400, "This port does not use TLS")
    case 9 where lines > 0, 0x80... where lines > 0: return nil
    case 0x20...0x7E: break
    default: return RequestError(400, "Invalid character in the request")
    }
    if lines == 0, bytes.count == lineStart, !(65...90).contains(byte) {
      return RequestError(400, "Expected a request to begin with its method")
    }
    return nil
  }
}
