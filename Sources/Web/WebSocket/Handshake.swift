/// The opening handshake of RFC 6455, 4, as far as it can be told from the messages alone.
enum Handshake {
  /// Whether a request wants a WebSocket.
  static func isRequested(by request: HTTPRequest) -> Bool { request.headers.mentions("websocket", in: "upgrade") }

  /// The refusal of a request that cannot become a WebSocket; nil if it can.
  static func refusal(of request: HTTPRequest) -> RequestError? {
    guard request.method == "GET" else {
      return RequestError(405, "Expected GET to open a WebSocket", headers: [.init("allow", "GET")])
    }
    guard !request.isOldHTTP, !request.hasBody else {
      return RequestError(400, "Expected HTTP/1.1 without a body to open a WebSocket")
    }
    guard request.headers.mentions("upgrade", in: "connection") else {
      return RequestError(400, "Header Connection: Upgrade missing")
    }
    guard request.header("sec-websocket-version") == "13" else {
      return RequestError(
        426, "Unsupported Sec-WebSocket-Version: expected 13",
        headers: [.init("upgrade", "websocket"), .init("sec-websocket-version", "13")])
    }
    guard let key = request.header("sec-websocket-key"), isKey(key.utf8) else {
      return RequestError(400, "Sec-WebSocket-Key: expected 16 bytes in base64")
    }
    guard request.subprotocols.allSatisfy({ HTTPHeaders.isToken($0) }) else {
      return RequestError(400, "Sec-WebSocket-Protocol: expected names without blanks, separated by commas")
    }
    return nil
  }

  /// 22 digits and two signs that fill up. The last digit's lower bits mean nothing and are not looked at.
  private static func isKey(_ key: String.UTF8View) -> Bool {
    key.count == 24 && key.suffix(2).elementsEqual("==".utf8)
      && key.dropLast(2).allSatisfy { byte in
        switch byte {
        case 43, 47, 48...57, 65...90, 97...122: true
        default: false
        }
      }
  }

  /// What a server must answer to a key (4.2.2).
  static func accept(_ key: String) -> String {
    OpenSSL.base64(OpenSSL.sha1(Array((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").utf8)))
  }

  /// The response that opens a WebSocket. Extensions are never agreed to: PCM hardly compresses.
  static func response(
    to request: HTTPRequest, subprotocol: String?, headers: [HTTPResponse.Header]
  ) -> [UInt8] {
    var text = "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\n"
    text += "sec-websocket-accept: \(accept(request.header("sec-websocket-key") ?? ""))\r\n"
    let agreed = subprotocol.map { [HTTPResponse.Header("sec-websocket-protocol", $0)] } ?? []
    for header in agreed + headers { text += "\(header.name): \(HTTPResponse.oneLine(header.value))\r\n" }
    return Array((text + "\r\n").utf8)
  }

  /// A client's request.
  static func request(_ url: WebSocketURL, key: String, headers: [HTTPResponse.Header]) -> [UInt8] {
    var text = "GET \(url.path) HTTP/1.1\r\nHost: \(url.authority)\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    text += "Sec-WebSocket-Key: \(key)\r\nSec-WebSocket-Version: 13\r\n"
    for header in headers { text += "\(header.name): \(HTTPResponse.oneLine(header.value))\r\n" }
    return Array((text + "\r\n").utf8)
  }

  /// What is wrong with a response of 101; nil if the WebSocket is open.
  static func problem(of response: HTTPHead, key: String) -> String? {
    guard response.headers.mentions("websocket", in: "upgrade"), response.headers.mentions("upgrade", in: "connection")
    else { return "the response has no Upgrade: websocket" }
    guard response.headers["sec-websocket-accept"] == accept(key) else {
      return "the response has another Sec-WebSocket-Accept than expected"
    }
    guard response.headers["sec-websocket-extensions"] == nil else {
      return "the response has an extension that was not offered"
    }
    guard response.headers["sec-websocket-protocol"] == nil else {
      return "the response has a subprotocol that was not offered"
    }
    return nil
  }
}
