/// A complete HTTP response, or with `isStreamed` the head of one whose body follows in pieces.
public struct HTTPResponse: Equatable, Sendable {
  public var status: Int
  public var contentType: String
  public var body: [UInt8]
  /// Further headers; `date`, `content-type`, `content-length`, `transfer-encoding` and `connection` are added.
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

  /// How a reader knows where the body ends.
  enum Framing: Equatable {
    case length
    case chunked
    /// HTTP/1.0: with the connection.
    case untilClose
  }

  /// The bytes on the wire. The response to `HEAD` states the body's length and omits it.
  /// - Parameter keepAlive: whether the connection may carry another request.
  func encoded(isHead: Bool, keepAlive: Bool, date: String = HTTPDate.now) -> [UInt8] {
    let hasBody = status != 204 && status != 304 && !isHead
    return encodedHead(.length, keepAlive: keepAlive, date: date) + (hasBody ? body : [])
  }

  func encodedHead(_ framing: Framing, keepAlive: Bool, date: String = HTTPDate.now) -> [UInt8] {
    var head = "HTTP/1.1 \(status) \(Self.phrase(status))\r\ndate: \(date)\r\n"
    if status != 204 && status != 304 {
      head += "content-type: \(contentType)\r\n"
      switch framing {
      case .length: head += "content-length: \(body.count)\r\n"
      case .chunked: head += "transfer-encoding: chunked\r\n"
      case .untilClose: break
      }
    }
    for header in headers { head += "\(header.name): \(Self.oneLine(header.value))\r\n" }
    head += keepAlive && framing != .untilClose ? "connection: keep-alive\r\n\r\n" : "connection: close\r\n\r\n"
    return Array(head.utf8)
  }

  /// A header cannot end early: what a request put into a response must not become headers of its own.
  static func oneLine(_ value: String) -> String {
    String(String.UnicodeScalarView(value.unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7F }))
  }

  public static func phrase(_ status: Int) -> String {
    switch status {
    case 200: "OK"
    case 204: "No Content"
    case 304: "Not Modified"
    case 400: "Bad Request"
    case 401: "Unauthorized"
    case 403: "Forbidden"
    case 404: "Not Found"
    case 405: "Method Not Allowed"
    case 408: "Request Timeout"
    case 413: "Content Too Large"
    case 414: "URI Too Long"
    case 415: "Unsupported Media Type"
    case 417: "Expectation Failed"
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
