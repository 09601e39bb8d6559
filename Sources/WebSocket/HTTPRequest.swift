/// One HTTP request, whether plain or asking to be upgraded. Bodies are never read.
public struct HTTPRequest: Equatable, Sendable {
  public struct QueryItem: Equatable, Sendable {
    public var name: String
    /// Empty for `?name` and `?name=` alike.
    public var value: String
    public init(name: String, value: String) {
      self.name = name
      self.value = value
    }
  }

  /// In capitals: `GET`.
  public var method: String
  /// Without the query, percent-decoded, `.` and `..` resolved: it begins with `/`.
  public var path: String
  /// In the order they came, percent-decoded.
  public var query: [QueryItem]
  /// The address and port it came from: `127.0.0.1:53312`, `[::1]:53312`.
  public var peer: String
  private var headers: [(name: String, value: String)]

  public init(
    method: String, path: String, query: [QueryItem] = [], headers: [(name: String, value: String)] = [],
    peer: String = ""
  ) {
    self.method = method
    self.path = path
    self.query = query
    self.headers = headers.map { ($0.name.lowercased(), $0.value) }
    self.peer = peer
  }

  /// The first header of that name, whatever its case. Known are the standard ones and `HTTPRequest.customHeaders`.
  public func header(_ name: String) -> String? {
    let name = name.lowercased()
    return headers.first { $0.name == name }?.value
  }

  /// The last query item of that name.
  public func query(_ name: String) -> String? {
    query.last { $0.name == name }?.value
  }

  /// Headers outside the library's own table that are looked for too.
  public static let customHeaders = ["x-api-key", "x-request-id", "x-client-name", "traceparent"]

  public static func == (a: HTTPRequest, b: HTTPRequest) -> Bool {
    a.method == b.method && a.path == b.path && a.query == b.query && a.peer == b.peer
      && a.headers.elementsEqual(b.headers, by: { $0 == $1 })
  }
}
