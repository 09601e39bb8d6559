internal import IO

/// Which proxy leads to a server, as the environment says: `http_proxy` for `ws://`, `https_proxy` for `wss://`,
/// `all_proxy` for both, and `no_proxy` with the hosts that need none. Each name also in capitals, except `HTTP_PROXY`,
/// which a CGI program's client could set.
public struct ProxySettings: Equatable, Sendable {
  private struct Setting: Equatable {
    var variable: String
    var value: String
  }

  private var plain: Setting?
  private var secure: Setting?
  private var exceptions: [Exception]

  /// One of `no_proxy`: a name, an address, a block of them or `*`, and perhaps a port.
  private struct Exception: Equatable {
    var name: Substring
    var port: Substring?

    init(_ text: Substring) {
      if text.hasPrefix("["), let end = text.firstIndex(of: "]") {
        name = text[..<end].dropFirst()
        port = text[end...].hasPrefix("]:") ? text[end...].dropFirst(2) : nil
      } else if let colon = text.firstIndex(of: ":"), !text[colon...].dropFirst().contains(":") {
        name = text[..<colon]
        port = text[colon...].dropFirst()
      } else {
        name = text
      }
    }

    func includes(_ host: String, port: Int) -> Bool {
      guard self.port == nil || self.port == "\(port)" else { return false }
      if name == "*" { return true }
      if let block = AddressBlock(String(name)) { return IPAddress(host: host).map(block.contains) ?? false }
      // However they are written.
      if let address = IPAddress(host: host) { return IPAddress(host: String(name)) == address }
      let (host, domain) = (HostName.normalized(host), HostName.normalized(name.drop { $0 == "*" || $0 == "." }))
      return host == domain || host.hasSuffix("." + domain)
    }
  }

  /// - Parameter variable: an environment variable's value.
  public init(environment variable: (String) -> String?) {
    func setting(_ names: String...) -> Setting? {
      for name in names {
        if let value = variable(name), !value.isEmpty { return Setting(variable: name, value: value) }
      }
      return nil
    }
    plain = setting("http_proxy", "all_proxy", "ALL_PROXY")
    secure = setting("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")
    exceptions = (setting("no_proxy", "NO_PROXY")?.value ?? "").split { $0 == "," || $0 == " " }.map { Exception($0) }
  }

  /// The proxy for an address; nil: none. This machine is never reached through one.
  /// - Throws: the variable's value is no proxy that can be used.
  func proxy(for url: WebSocketURL) throws(WebSocketError) -> Proxy? {
    guard let setting = url.secure ? secure : plain, !isExcepted(url) else { return nil }
    guard let proxy = Proxy(setting.value) else {
      throw .badProxy(variable: setting.variable, proxy: Proxy.withoutPassword(setting.value))
    }
    return proxy
  }

  /// The host and port of the proxy for an address, if there is one.
  public func proxyName(for url: WebSocketURL) -> String? { (try? proxy(for: url))?.name }

  private func isExcepted(_ url: WebSocketURL) -> Bool {
    // To connect to no address in particular is to connect to this machine.
    HostName.isLoopback(url.host) || IPAddress(host: url.host)?.isUnspecified == true
      || exceptions.contains { $0.includes(url.host, port: url.port) }
  }
}

/// An HTTP proxy that connects by CONNECT: `http://[user:password@]host[:port]`.
struct Proxy: Equatable, Sendable {
  var host: String
  var port: Int
  /// `Basic …`
  var authorization: String?

  /// - Returns: nil if it is a proxy of another kind, or none.
  init?(_ text: String) {
    var rest = text[...]
    if let scheme = text.firstRange(of: "://") {
      guard text[..<scheme.lowerBound].lowercased() == "http" else { return nil }
      rest = text[scheme.upperBound...]
    }
    rest = rest.prefix { $0 != "/" }
    if let at = rest.lastIndex(of: "@") {
      authorization = "Basic " + OpenSSL.base64(Array(Self.decoded(rest[..<at]).utf8))
      rest = rest[rest.index(after: at)...]
    }
    guard let url = try? WebSocketURL("ws://" + rest) else { return nil }
    host = url.host
    // Behind the brackets of an IPv6 address. Without a port it is curl's default for proxies.
    port = rest[(rest.firstIndex(of: "]") ?? rest.startIndex)...].contains(":") ? url.port : 1080
  }

  static func withoutPassword(_ text: String) -> String {
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
