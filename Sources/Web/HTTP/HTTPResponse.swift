/// A complete HTTP response, small enough to be written at once.
public struct HTTPResponse: Equatable, Sendable {
  public var status: Int
  public var contentType: String
  public var body: [UInt8]
  /// Further headers; `content-type`, `content-length` and `connection` are written without being asked for.
  public var headers: [Header]

  public struct Header: Equatable, Sendable {
    public var name: String
    public var value: String
    public init(_ name: String, _ value: String) {
      self.name = name
      self.value = value
    }
  }

  public init(status: Int, contentType: String = "application/json", body: [UInt8] = [], headers: [Header] = []) {
    self.status = status
    self.contentType = contentType
    self.body = body
    self.headers = headers
  }

  /// A JSON text as it is.
  public init(status: Int, json: String, headers: [Header] = []) {
    self.init(status: status, body: Array(json.utf8), headers: headers)
  }

  /// The bytes on the wire. The response to `HEAD` states the body's length and omits it.
  /// - Parameter keepAlive: whether the connection may carry another request.
  public func encoded(isHead: Bool, keepAlive: Bool) -> [UInt8] {
    var head = "HTTP/1.1 \(status) \(Self.phrase(status))\r\n"
    head += "content-type: \(contentType)\r\ncontent-length: \(body.count)\r\n"
    for header in headers { head += "\(header.name): \(Self.oneLine(header.value))\r\n" }
    head += keepAlive ? "connection: keep-alive\r\n\r\n" : "connection: close\r\n\r\n"
    return Array(head.utf8) + (isHead ? [] : body)
  }

  /// A header cannot end early: what a request put into an answer must not become headers of its own.
  private static func oneLine(_ value: String) -> String {
    String(String.UnicodeScalarView(value.unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7F }))
  }

  public static func phrase(_ status: Int) -> String {
    switch status {
    case 200: "OK"
    case 204: "No Content"
    case 400: "Bad Request"
    case 401: "Unauthorized"
    case 403: "Forbidden"
    case 404: "Not Found"
    case 405: "Method Not Allowed"
    case 408: "Request Timeout"
    case 413: "Content Too Large"
    case 414: "URI Too Long"
    case 426: "Upgrade Required"
    case 429: "Too Many Requests"
    case 431: "Request Header Fields Too Large"
    case 500: "Internal Server Error"
    case 501: "Not Implemented"
    case 503: "Service Unavailable"
    case 505: "HTTP Version Not Supported"
    default: "Status"
    }
  }
}
