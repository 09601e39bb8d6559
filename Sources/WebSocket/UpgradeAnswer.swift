public import Web

/// What becomes of a request to open a WebSocket.
public enum UpgradeAnswer {
  /// It is opened; the connection's `context` is this.
  case accept(context: AnyObject? = nil)
  /// A plain HTTP answer, and the TCP connection is closed.
  case refuse(HTTPResponse)
}

/// The opening handshake (RFC 6455, 4.2.1), as far as it can be told from the request alone.
enum Handshake {
  /// Whether a WebSocket is what the request wants.
  static func isAskedFor(by request: HTTPRequest) -> Bool {
    mentions("websocket", request.header("upgrade"))
  }

  /// The answer to a request that cannot become a WebSocket, nil when it can.
  static func refusal(of request: HTTPRequest, subprotocol: String? = nil) -> RequestError? {
    guard request.method == "GET" else {
      return RequestError(405, "Expected GET to open a WebSocket", headers: [.init("allow", "GET")])
    }
    guard !request.isOldHTTP else {
      return RequestError(400, "Expected HTTP/1.1 to open a WebSocket")
    }
    guard mentions("upgrade", request.header("connection")) else {
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
    guard let offered = request.header("sec-websocket-protocol") else { return nil }
    guard let subprotocol else {
      return RequestError(400, "No subprotocol is supported: omit Sec-WebSocket-Protocol")
    }
    guard mentions(subprotocol, offered) else {
      return RequestError(400, "Sec-WebSocket-Protocol: expected \(subprotocol) among the subprotocols")
    }
    return nil
  }

  /// What the library is given in place of a request that can become a WebSocket: the least that makes it one.
  /// Compression is not offered to it.
  static func libraryRequest(for request: HTTPRequest, subprotocol: String?) -> String {
    "GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
      + "Sec-WebSocket-Key: \(request.header("sec-websocket-key") ?? "")\r\n"
      + (request.header("sec-websocket-protocol").flatMap { _ in subprotocol }
        .map { "Sec-WebSocket-Protocol: \($0)\r\n" } ?? "") + "\r\n"
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

  private static func mentions(_ token: String, _ list: String?) -> Bool {
    guard let list else { return false }
    return list.lowercased().split(separator: ",").contains { $0.filter { $0 != " " && $0 != "\t" } == token }
  }
}
