/// The origin of a web page as browsers write it: `https://a.example`, with the port unless it is the scheme's own.
struct WebOrigin: Equatable {
  let scheme: String
  /// In lowercase; IPv6 in brackets.
  let host: String
  /// Nil: the scheme's default.
  let port: Int?

  /// - Parameter text: an `Origin` header, or an address with no more than a slash after the host and port.
  /// - Returns: nil for a text that no browser sends as an origin, and for `null`.
  init?(_ text: some StringProtocol) {
    let text = text.lowercased()
    guard let mark = text.firstRange(of: "://") else { return nil }
    let scheme = text[..<mark.lowerBound]
    guard let first = scheme.utf8.first, (97...122).contains(first), scheme.utf8.allSatisfy(Self.isOfScheme)
    else { return nil }
    var authority = text[mark.upperBound...]
    if authority.hasSuffix("/") { authority.removeLast() }
    guard let (host, port) = Self.split(authority), !host.isEmpty, Self.isHost(host) else { return nil }
    self.scheme = String(scheme)
    self.host = String(host)
    self.port = ["http": 80, "https": 443][self.scheme] == port ? nil : port
  }

  /// Host and port of an authority, such as a `Host` header.
  /// - Returns: nil if what follows the host is no port.
  static func split(_ authority: some StringProtocol) -> (host: Substring, port: Int?)? {
    let text = Substring(authority)
    let end = text.hasPrefix("[") ? text.firstIndex(of: "]").map { text.index(after: $0) } : text.firstIndex(of: ":")
    guard let end, end < text.endIndex else { return (text, nil) }
    let digits = text[end...].dropFirst()
    guard text[end] == ":", digits.utf8.allSatisfy({ (48...57).contains($0) }), let port = Int(digits),
      (1...65_535).contains(port)
    else { return nil }
    return (text[..<end], port)
  }

  private static func isOfScheme(_ byte: UInt8) -> Bool {
    switch byte {
    case 97...122, 48...57, 43, 45, 46: true  // a-z 0-9 + - .
    default: false
    }
  }

  /// Names with other characters arrive in ASCII (`xn--…`).
  private static func isHost(_ host: Substring) -> Bool {
    let (allowed, name): (String.UTF8View, Substring) =
      host.hasPrefix("[") && host.hasSuffix("]")
      ? ("0123456789abcdef:.".utf8, host.dropFirst().dropLast())
      : ("abcdefghijklmnopqrstuvwxyz0123456789-._".utf8, host)
    return name.utf8.allSatisfy(allowed.contains)
  }
}
