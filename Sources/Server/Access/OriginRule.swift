/// Which web pages may open a stream. Browsers name the page's origin (`Origin`) and respect a refusal.
struct OriginRule: Equatable {
  /// As browsers write them, or `*` for any. A page of this server itself is always allowed.
  var allowed: [String] = []
  /// Only this machine can reach the server, so it has no other name. A foreign page whose name was made to point here
  /// (DNS rebinding) has the same name in `Origin` and `Host`, and must not pass for a page of this server.
  var isOnLoopback: Bool

  /// - Parameter allowed: a comma-separated list.
  init(list: String, isOnLoopback: Bool) {
    allowed = list.split(separator: ",").map { Self.normal($0.filter { $0 != " " }) }.filter { !$0.isEmpty }
    self.isOnLoopback = isOnLoopback
  }

  /// A request without `Origin` is not from a web page.
  func allows(origin: String?, host: String?) -> Bool {
    guard let origin else { return true }
    let wanted = Self.normal(origin)
    if allowed.contains("*") || allowed.contains(wanted) { return true }
    guard let host, let scheme = wanted.firstRange(of: "://") else { return false }
    let isSame = wanted == Self.normal(wanted[..<scheme.upperBound] + host)
    return isSame && (!isOnLoopback || Self.isThisMachine(wanted[scheme.upperBound...]))
  }

  /// In lowercase, without the scheme's default port.
  private static func normal(_ origin: some StringProtocol) -> String {
    let origin = origin.lowercased()
    for (scheme, port) in [("http://", ":80"), ("https://", ":443")]
    where origin.hasPrefix(scheme) && origin.hasSuffix(port) { return String(origin.dropLast(port.count)) }
    return origin
  }

  private static func isThisMachine(_ authority: Substring) -> Bool {
    if authority == "[::1]" || authority.hasPrefix("[::1]:") { return true }
    let name = authority.prefix { $0 != ":" }
    let numbers = name.split(separator: ".", omittingEmptySubsequences: false)
    return name == "localhost" || numbers.count == 4 && numbers[0] == "127" && numbers.allSatisfy { UInt8($0) != nil }
  }
}
