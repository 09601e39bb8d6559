/// The server's address, and the upgrade request.
struct LoadTarget: Equatable {
  var isEncrypted: Bool
  /// A numeric IPv4 address: no name resolution during a measurement.
  var address: String
  var port: UInt16
  var path: String

  init?(_ url: String) {
    isEncrypted = url.hasPrefix("wss://")
    guard isEncrypted || url.hasPrefix("ws://") else { return nil }
    let rest = url.dropFirst(isEncrypted ? 6 : 5)
    let slash = rest.firstIndex(of: "/") ?? rest.endIndex
    let authority = rest[..<slash].split(separator: ":", omittingEmptySubsequences: false)
    guard authority.count == 2, let port = UInt16(authority[1]) else { return nil }
    address = String(authority[0])
    self.port = port
    path = slash == rest.endIndex ? "/" : String(rest[slash...])
  }

  /// The key is RFC 6455's example, so the correct response is known.
  var request: [UInt8] {
    Array(
      """
      GET \(path) HTTP/1.1\r
      Host: \(address):\(port)\r
      Upgrade: websocket\r
      Connection: Upgrade\r
      Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r
      Sec-WebSocket-Version: 13\r
      \r\n
      """.utf8)
  }

  enum Answer: Equatable {
    case incomplete
    /// The connection is a WebSocket after this many bytes.
    case upgraded(headBytes: Int)
    case refused
  }

  /// State of the upgrade according to the bytes received so far.
  static func answer(_ bytes: UnsafeRawBufferPointer) -> Answer {
    let end = Array("\r\n\r\n".utf8)
    guard bytes.count >= end.count else { return .incomplete }
    guard let last = (0...bytes.count - end.count).first(where: { bytes[$0..<$0 + 4].elementsEqual(end) }) else {
      return .incomplete
    }
    let head = String(decoding: bytes[..<last], as: UTF8.self)
    guard head.hasPrefix("HTTP/1.1 101"), head.contains("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=") else { return .refused }
    return .upgraded(headBytes: last + end.count)
  }
}
