/// Which web pages may open a stream. Browsers name the page's origin (`Origin`) and respect a refusal.
struct OriginRule: Equatable {
  /// Origins that may, in addition to this server's own.
  enum Allowed: Equatable {
    case any
    case some([WebOrigin], opaque: Bool)
  }

  var allowed: Allowed
  /// Only this machine can reach the server, so it has no other name. A foreign page whose name was made to point here
  /// (DNS rebinding) has the same name in `Origin` and `Host`, and must not pass for a page of this server.
  var isOnLoopback: Bool

  init(_ allowed: Allowed, isOnLoopback: Bool) {
    self.allowed = allowed
    self.isOnLoopback = isOnLoopback
  }

  /// A request without `Origin` is not from a web page.
  ///
  /// Proxies change `Host`: nginx's `$host` has no port, and without `proxy_set_header` it is the upstream's. So a
  /// `Host` without a port is compared by name; on loopback, all names of this machine are the same.
  func allows(origin: String?, host: String?) -> Bool {
    guard let origin else { return true }
    guard let wanted = WebOrigin(origin) else {
      return allowed == .any || origin.lowercased() == "null" && isOpaqueAllowed
    }
    switch allowed {
    case .any: return true
    case .some(let origins, _): if origins.contains(wanted) { return true }
    }
    guard let host, let (name, port) = WebOrigin.split(host.lowercased()) else { return false }
    if isOnLoopback { return Self.isThisMachine(wanted.host[...]) && Self.isThisMachine(name) }
    return wanted.host == name && (port == nil || WebOrigin("\(wanted.scheme)://\(host)") == wanted)
  }

  private var isOpaqueAllowed: Bool { if case .some(_, true) = allowed { true } else { false } }

  /// Whether a `Host` header names this machine by its loopback addresses.
  static func isOfThisMachine(host: String?) -> Bool {
    guard let host, let (name, _) = WebOrigin.split(host.lowercased()) else { return false }
    return isThisMachine(name)
  }

  private static func isThisMachine(_ name: Substring) -> Bool {
    let numbers = name.split(separator: ".", omittingEmptySubsequences: false)
    return name == "localhost" || name == "[::1]"
      || numbers.count == 4 && numbers[0] == "127" && numbers.allSatisfy { UInt8($0) != nil }
  }
}

extension OriginRule.Allowed {
  /// What a list must look like, for error messages.
  static let form = "*, or origins as browsers send them, such as https://a.example,http://b.example:8080"

  /// - Parameter list: separated by commas.
  /// - Returns: nil if an entry can never match.
  init?(list: String) {
    var origins: [WebOrigin] = []
    var isOpaque = false
    for part in list.split(separator: ",") {
      let entry = String(part.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
      switch entry.lowercased() {
      case "": continue
      case "*":
        self = .any
        return
      case "null": isOpaque = true
      default:
        // A page's address begins with http, also where it opens a WebSocket.
        guard let origin = WebOrigin(entry), !["ws", "wss"].contains(origin.scheme) else { return nil }
        origins.append(origin)
      }
    }
    self = .some(origins, opaque: isOpaque)
  }
}
