package import Web

/// A server's address as people type it: `host`, `host:8000`, `http://host`, `https://host/`, or a WebSocket address.
///
/// Without a scheme and with `http://` the port is the service's own if there is none; other schemes have theirs.
/// Without a path it is the service's own.
package enum ServerAddress {
  private static let port = 8000
  private static let path = "/api/audio/ws"

  package static func url(_ text: String) throws(WebSocketError) -> WebSocketURL {
    do throws(WebSocketError) {
      return try WebSocketURL(spelledOut(trimmed(text)))
    } catch {
      // In the user's words, not in ours.
      if case .badURL(_, let reason) = error { throw .badURL(text, reason: reason) }
      throw error
    }
  }

  private static func spelledOut(_ text: Substring) throws(WebSocketError) -> String {
    var (scheme, rest) = ("", text)
    if let mark = text.firstRange(of: "://") {
      scheme = text[..<mark.lowerBound].lowercased()
      rest = text[mark.upperBound...]
    }
    guard let webSocketScheme = ["": "ws", "http": "ws", "ws": "ws", "https": "wss", "wss": "wss"][scheme] else {
      throw .badURL(String(text), reason: "it begins with \(scheme)://")
    }
    let isOwnPort = ["", "http"].contains(scheme)
    rest = rest.drop { $0 == "/" }
    let authority = rest.prefix { !"/?#".contains($0) }
    guard !authority.isEmpty else { throw .badURL(String(text), reason: "the host is missing") }
    return webSocketScheme + "://" + host(authority, hasOwnPort: isOwnPort) + place(rest[authority.endIndex...])
  }

  private static func host(_ authority: Substring, hasOwnPort: Bool) -> String {
    // Of several colons none is before a port: it is an IPv6 address without its brackets.
    let isBare = authority.count { $0 == ":" } > 1 && !authority.hasPrefix("[")
    let host = isBare ? "[\(authority)]" : String(authority)
    let hasPort = host.drop { $0 != "]" && host.hasPrefix("[") }.contains(":")
    return hasOwnPort && !hasPort ? "\(host):\(port)" : host
  }

  /// The path and the query; slashes too many are left out where the path is the service's.
  private static func place(_ text: Substring) -> String {
    let given = text.prefix { $0 != "?" && $0 != "#" }
    let names = given.split(separator: "/")
    let isOwn = names.isEmpty || "/" + names.joined(separator: "/") == path
    return (isOwn ? path : String(given)) + text[given.endIndex...]
  }

  private static func trimmed(_ text: String) -> Substring {
    var text = text[...]
    while text.first?.isWhitespace == true { text.removeFirst() }
    while text.last?.isWhitespace == true { text.removeLast() }
    return text
  }
}
