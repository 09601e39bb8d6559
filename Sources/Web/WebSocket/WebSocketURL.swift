/// Where a WebSocket is: `ws://host[:port]/path?query`, or `wss://`.
public struct WebSocketURL: Equatable, Sendable, CustomStringConvertible {
  public private(set) var secure: Bool
  /// A name or an address; IPv6 without its brackets.
  public private(set) var host: String
  public private(set) var port: Int
  /// With the query: `/api/audio/ws?encoding=s16le`.
  public private(set) var path: String

  public init(_ text: String) throws(WebSocketError) {
    func bad(_ reason: String) -> WebSocketError { .badURL(text, reason: reason) }
    let rest: Substring
    if text.lowercased().hasPrefix("ws://") {
      (secure, rest) = (false, text.dropFirst(5))
    } else if text.lowercased().hasPrefix("wss://") {
      (secure, rest) = (true, text.dropFirst(6))
    } else {
      throw bad("it begins with neither ws:// nor wss://")
    }
    guard rest.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
      throw bad("it holds a space or a non-ASCII character")
    }
    guard !rest.contains("#") else { throw bad("a WebSocket has no fragment (#)") }

    let authority = rest.prefix { $0 != "/" && $0 != "?" }
    let tail = rest[authority.endIndex...]
    guard !authority.contains("@") else { throw bad("user and password are not taken") }
    path = tail.isEmpty ? "/" : tail.hasPrefix("?") ? "/" + tail : String(tail)

    var portText: Substring?
    if authority.hasPrefix("[") {
      guard let end = authority.firstIndex(of: "]") else { throw bad("the ] after the address is missing") }
      host = String(authority[authority.index(after: authority.startIndex)..<end])
      let after = authority[authority.index(after: end)...]
      if after.hasPrefix(":") {
        portText = after.dropFirst()
      } else if !after.isEmpty {
        throw bad("no : before the port")
      }
    } else if let colon = authority.firstIndex(of: ":") {
      host = String(authority[..<colon])
      portText = authority[authority.index(after: colon)...]
      if portText?.contains(":") == true { throw bad("an IPv6 address stands in [brackets]") }
    } else {
      host = String(authority)
    }
    guard !host.isEmpty else { throw bad("the host is missing") }
    guard !host.utf8.contains(where: Self.endsNames) else { throw bad("no host is called \(host)") }
    if let portText {
      guard portText.utf8.allSatisfy({ (48...57).contains($0) }), let value = Int(portText), (1...65535).contains(value)
      else { throw bad("the port is not 1…65535") }
      port = value
    } else {
      port = secure ? 443 : 80
    }
  }

  /// What a host's name or address never holds: it would read otherwise in a `Host` header. (RFC 3986, 3.2.2.)
  private static func endsNames(_ byte: UInt8) -> Bool { "[]<>\"\\^`{|}".utf8.contains(byte) }

  /// Host and port as a `Host` header has them.
  public var authority: String {
    let name = host.contains(":") ? "[\(host)]" : host
    return port == (secure ? 443 : 80) ? name : "\(name):\(port)"
  }

  public var description: String { (secure ? "wss://" : "ws://") + authority + path }

  /// The same place with one more query item, percent-encoded.
  public func appending(query name: String, _ value: String) -> WebSocketURL {
    var other = self
    other.path += (path.contains("?") ? "&" : "?") + Self.encoded(name) + "=" + Self.encoded(value)
    return other
  }

  /// The same place with these bytes of a query (`a=1&b=2`, already encoded) after its own.
  public func appending(query: String) -> WebSocketURL {
    guard !query.isEmpty else { return self }
    var other = self
    other.path += (path.contains("?") ? "&" : "?") + query
    return other
  }

  private static func encoded(_ text: String) -> String {
    var result = ""
    for byte in text.utf8 {
      switch byte {
      case 48...57, 65...90, 97...122, 45, 46, 95, 126:  // 0-9 A-Z a-z - . _ ~
        result.unicodeScalars.append(Unicode.Scalar(byte))
      default:
        let digits = String(byte, radix: 16, uppercase: true)
        result += digits.utf8.count == 1 ? "%0" + digits : "%" + digits
      }
    }
    return result
  }
}
