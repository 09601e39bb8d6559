/// Which proxy leads to a server, as the environment says: `http_proxy` for `ws://`, `https_proxy` for `wss://`,
/// `all_proxy` for both, and `no_proxy` with the hosts that need none. Each name also in capitals, except `HTTP_PROXY`,
/// which a CGI program's client could set.
public struct ProxySettings: Equatable, Sendable {
  private var plain: String?
  private var secure: String?
  private var exceptions: [String]

  /// - Parameter variable: an environment variable's value.
  public init(environment variable: (String) -> String?) {
    func value(_ names: String...) -> String? { names.lazy.compactMap(variable).first { !$0.isEmpty } }
    plain = value("http_proxy", "all_proxy", "ALL_PROXY")
    secure = value("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")
    exceptions = (value("no_proxy", "NO_PROXY") ?? "").split(whereSeparator: { $0 == "," || $0 == " " }).map {
      $0.lowercased()
    }
  }

  /// The proxy for an address; nil: none. This machine is never reached through one.
  /// - Throws: the variable's value is no proxy that can be used.
  func proxy(for url: WebSocketURL) throws(WebSocketError) -> Proxy? {
    guard let text = url.secure ? secure : plain, !isExcepted(url) else { return nil }
    return try Proxy(text)
  }

  private func isExcepted(_ url: WebSocketURL) -> Bool {
    let host = url.host.lowercased()
    if host == "localhost" || host.hasSuffix(".localhost") || host == "::1" || host.hasPrefix("127.") { return true }
    return exceptions.contains { exception in
      if exception == "*" { return true }
      var name = exception
      if let colon = name.lastIndex(of: ":"), !name.hasSuffix("]"), name.filter({ $0 == ":" }).count == 1 {
        guard name[name.index(after: colon)...] == "\(url.port)" else { return false }
        name = String(name[..<colon])
      }
      if name.hasPrefix("[") && name.hasSuffix("]") { name = String(name.dropFirst().dropLast()) }
      while name.hasPrefix("*") || name.hasPrefix(".") { name.removeFirst() }
      return host == name || host.hasSuffix("." + name)
    }
  }
}

/// An HTTP proxy that connects by CONNECT: `http://[user:password@]host[:port]`.
struct Proxy: Equatable, Sendable {
  var host: String
  var port: Int
  /// `Basic …`
  var authorization: String?

  init(_ text: String) throws(WebSocketError) {
    func bad(_ reason: String) -> WebSocketError { .proxyFailed(proxy: Self.withoutPassword(text), reason: reason) }
    var rest = text[...]
    if let scheme = text.firstRange(of: "://") {
      guard text[..<scheme.lowerBound].lowercased() == "http" else { throw bad("expected http://HOST:PORT") }
      rest = text[scheme.upperBound...]
    }
    rest = rest.prefix { $0 != "/" }
    if let at = rest.lastIndex(of: "@") {
      authorization = "Basic " + OpenSSL.base64(Array(Self.decoded(rest[..<at]).utf8))
      rest = rest[rest.index(after: at)...]
    }
    do {
      let url = try WebSocketURL("ws://" + rest)
      host = url.host
      // curl's default for proxies.
      port = rest.contains(":\(url.port)") ? url.port : 1080
    } catch {
      throw bad("expected http://HOST:PORT")
    }
  }

  private static func withoutPassword(_ text: String) -> String {
    guard let at = text.lastIndex(of: "@") else { return text }
    return "…" + text[at...]
  }

  private static func decoded(_ text: Substring) -> String {
    guard let target = try? RequestTarget("/" + text.replacing("/", with: "%2F")) else { return String(text) }
    return String(target.path.dropFirst())
  }

  var name: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

  /// The request for a tunnel to a server.
  func request(for url: WebSocketURL) -> [UInt8] {
    let host = url.host.contains(":") ? "[\(url.host)]:\(url.port)" : "\(url.host):\(url.port)"
    var text = "CONNECT \(host) HTTP/1.1\r\nHost: \(host)\r\n"
    if let authorization { text += "Proxy-Authorization: \(authorization)\r\n" }
    return Array((text + "\r\n").utf8)
  }
}
