/// What becomes of a request to open a WebSocket.
public enum UpgradeAnswer {
  /// It is opened; the connection's `context` is this.
  case accept(context: AnyObject? = nil)
  /// A plain HTTP answer, and the TCP connection is closed.
  case refuse(HTTPResponse)
}

/// The part of the opening handshake (RFC 6455, 4.2.1) the library does not answer: it hangs up without a word instead.
enum Handshake {
  /// The answer to a request that cannot become a WebSocket, nil when it can.
  static func refusal(of request: HTTPRequest) -> HTTPResponse? {
    guard request.method == "GET" else {
      return HTTPResponse(
        status: 405, json: #"{"error":"A WebSocket is opened with GET"}"#, headers: [.init("allow", "GET")])
    }
    guard mentions("upgrade", request.header("connection")) else {
      return HTTPResponse(status: 400, json: #"{"error":"The header Connection: Upgrade is missing"}"#)
    }
    guard request.header("sec-websocket-version") == "13" else {
      return HTTPResponse(
        status: 426, json: #"{"error":"Only Sec-WebSocket-Version 13 is spoken"}"#,
        headers: [.init("upgrade", "websocket"), .init("sec-websocket-version", "13")])
    }
    guard let key = request.header("sec-websocket-key"), key.utf8.count == 24, key.hasSuffix("==") else {
      return HTTPResponse(status: 400, json: #"{"error":"Sec-WebSocket-Key is not 16 bytes in base64"}"#)
    }
    guard request.header("sec-websocket-protocol") == nil else {
      return HTTPResponse(status: 400, json: #"{"error":"No subprotocol is spoken: leave Sec-WebSocket-Protocol out"}"#)
    }
    return nil
  }

  private static func mentions(_ token: String, _ list: String?) -> Bool {
    guard let list else { return false }
    return list.lowercased().split(separator: ",").contains { $0.filter { $0 != " " && $0 != "\t" } == token }
  }
}
