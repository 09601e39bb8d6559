import Glibc

/// A name or an address that a certificate is for.
enum CertificateHost: Equatable, Sendable {
  case name(String)
  case address(String)

  /// This machine's own, which every certificate is for, too.
  static let local = [CertificateHost.name("localhost"), .address("127.0.0.1"), .address("::1")]

  /// Nil for what is neither: a wildcard, a URL.
  init?(_ text: some StringProtocol) {
    let text = text.lowercased()
    let bare = text.hasPrefix("[") && text.hasSuffix("]") ? String(text.dropFirst().dropLast()) : text
    if Self.isAddress(bare) {
      self = .address(bare)
    } else if Self.isName(text) {
      self = .name(text)
    } else {
      return nil
    }
  }

  private static func isAddress(_ text: String) -> Bool {
    var bytes = (UInt64(0), UInt64(0))
    return inet_pton(AF_INET, text, &bytes) == 1 || inet_pton(AF_INET6, text, &bytes) == 1
  }

  /// As RFC 1123 has it. The last label is no number: that would be an address that is mistyped.
  private static func isName(_ text: String) -> Bool {
    let labels = text.utf8.split(separator: 46, omittingEmptySubsequences: false)
    guard text.utf8.count <= 253, let last = labels.last, !last.allSatisfy({ (48...57).contains($0) }) else {
      return false
    }
    return labels.allSatisfy { label in
      (1...63).contains(label.count) && label.first != 45 && label.last != 45
        && label.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == 45 }
    }
  }

  var text: String {
    switch self {
    case .name(let name): name
    case .address(let address): address
    }
  }

  /// As in an address of the web.
  var authority: String { text.contains(":") ? "[\(text)]" : text }

  var alternativeName: String {
    switch self {
    case .name(let name): "DNS:\(name)"
    case .address(let address): "IP:\(address)"
    }
  }

  /// This host alone, as a constraint of an authority; of a name its subdomains, too.
  var constraint: String {
    switch self {
    case .name(let name): "DNS:\(name)"
    case .address(let address):
      "IP:\(address)/"
        + (address.contains(":")
          ? Array(repeating: "ffff", count: 8).joined(separator: ":") : "255.255.255.255")
    }
  }
}
