internal import IO

/// The value of a `Host` header: a name or an address, and perhaps a port (RFC 9110, 7.2; RFC 3986, 3.2.2).
enum HostHeader {
  static func isValid(_ text: some StringProtocol) -> Bool {
    guard let (host, port) = split(Substring(text)), !host.isEmpty else { return false }
    guard port.utf8.allSatisfy({ (48...57).contains($0) }), port.isEmpty || UInt16(port) != nil else { return false }
    guard host.hasPrefix("[") else { return isName(host.utf8) }
    return isLiteral(host.dropFirst().dropLast())
  }

  private static func split(_ text: Substring) -> (host: Substring, port: Substring)? {
    let rest: Substring
    if text.hasPrefix("[") {
      guard let bracket = text.firstIndex(of: "]") else { return nil }
      rest = text[text.index(after: bracket)...]
    } else {
      rest = text[(text.firstIndex(of: ":") ?? text.endIndex)...]
    }
    guard rest.isEmpty || rest.hasPrefix(":") else { return nil }
    return (text[..<rest.startIndex], rest.dropFirst())
  }

  /// An IPv6 address, perhaps with a zone as in `fe80::1%eth0`, or an address of a later version: `v1.…`
  private static func isLiteral(_ text: Substring) -> Bool {
    let numbers = text.prefix { $0 != "%" }
    let zone = text.dropFirst(numbers.count)
    if numbers.contains(":"), IPAddress(String(numbers)) != nil {
      return zone.isEmpty || zone.count > 1 && zone.dropFirst().utf8.allSatisfy(isInName)
    }
    guard text.lowercased().hasPrefix("v"), let dot = text.firstIndex(of: ".") else { return false }
    let (version, address) = (text[..<dot].dropFirst(), text[dot...].dropFirst())
    return !version.isEmpty && version.allSatisfy(\.isHexDigit) && !address.isEmpty
      && address.utf8.allSatisfy { isInName($0) || $0 == UInt8(ascii: ":") }
  }

  private static func isName(_ bytes: Substring.UTF8View) -> Bool {
    var rest = bytes
    while let byte = rest.popFirst() {
      if isInName(byte) { continue }
      guard byte == UInt8(ascii: "%"), let high = rest.popFirst(), let low = rest.popFirst(), isHex(high), isHex(low)
      else { return false }
    }
    return true
  }

  private static func isInName(_ byte: UInt8) -> Bool {
    switch byte {
    case 48...57, 65...90, 97...122: true
    default: "-._~!$&'()*+,;=".utf8.contains(byte)
    }
  }

  private static func isHex(_ byte: UInt8) -> Bool {
    switch byte {
    case 48...57, 65...70, 97...102: true
    default: false
    }
  }
}
