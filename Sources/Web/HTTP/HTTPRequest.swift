/// An HTTP request without a body, plain or for an upgrade.
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
  /// Who that is as far as limits go: the IPv4 address, or the /64 of an IPv6 one, which is what one customer gets.
  public var network: String
  /// HTTP/1.0.
  public var isOldHTTP = false
  private var headers: [(name: String, value: String)]

  public init(
    method: String, path: String, query: [QueryItem] = [], headers: [(name: String, value: String)] = [],
    peer: String = "", network: String = ""
  ) {
    self.method = method
    self.path = path
    self.query = query
    self.headers = headers.map { ($0.name.lowercased(), $0.value) }
    self.peer = peer
    self.network = network
  }

  /// The first header of that name, whatever its case.
  public func header(_ name: String) -> String? {
    let name = name.lowercased()
    return headers.first { $0.name == name }?.value
  }

  /// The last query item of that name.
  public func query(_ name: String) -> String? {
    query.last { $0.name == name }?.value
  }

  public static func == (a: HTTPRequest, b: HTTPRequest) -> Bool {
    a.method == b.method && a.path == b.path && a.query == b.query && a.peer == b.peer
      && a.network == b.network && a.isOldHTTP == b.isOldHTTP && a.headers.elementsEqual(b.headers, by: { $0 == $1 })
  }
}
