/// What becomes of a request to open a WebSocket.
public enum UpgradeAnswer {
  case accept(WebSocketAcceptance)
  /// A plain HTTP response, and the TCP connection is closed.
  case refuse(HTTPResponse)
}

/// How a WebSocket is opened.
public struct WebSocketAcceptance {
  /// Receives everything that happens on the connection.
  public var handler: any WebSocketHandler
  /// One of those the client offers; nil: none.
  public var subprotocol: String?
  /// Further headers of the response.
  public var headers: [HTTPResponse.Header]
  public var maximumBinaryBytes: Int
  public var maximumTextBytes: Int

  public init(
    _ handler: any WebSocketHandler, subprotocol: String? = nil, headers: [HTTPResponse.Header] = [],
    maximumBinaryBytes: Int, maximumTextBytes: Int
  ) {
    self.handler = handler
    self.subprotocol = subprotocol
    self.headers = headers
    self.maximumBinaryBytes = maximumBinaryBytes
    self.maximumTextBytes = maximumTextBytes
  }
}
