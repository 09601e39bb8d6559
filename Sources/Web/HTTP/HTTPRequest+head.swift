extension HTTPRequest {
  /// Headers that mean something else when they come twice, depending on who reads them.
  private static let single: Set<String> = [
    "host", "authorization", "origin", "content-length", "sec-websocket-key", "sec-websocket-version",
  ]

  /// Reads a whole head, with its empty line: with CR LF after each line.
  public init(head: [UInt8], peer: String = "", network: String = "") throws(RequestError) {
    let text = String(decoding: head, as: UTF8.self)
    // CR LF is one Character.
    var lines = text.split(separator: "\r\n")[...]
    guard let first = lines.popFirst() else { throw RequestError(400, "Request line missing") }
    let words = first.split(separator: " ", omittingEmptySubsequences: false)
    guard words.count == 3, Self.isToken(words[0].utf8) else {
      throw RequestError(400, "Malformed request line: expected method, target and version")
    }
    guard words[2].hasPrefix("HTTP/") else { throw RequestError(400, "Malformed request line: expected HTTP") }
    guard words[2] == "HTTP/1.1" || words[2] == "HTTP/1.0" else {
      throw RequestError(505, "Unsupported HTTP version: expected 1.1 or 1.0")
    }
    let target = try RequestTarget(words[1])
    var headers: [(name: String, value: String)] = []
    var seen: Set<String> = []
    for line in lines {
      guard let colon = line.utf8.firstIndex(of: 58), Self.isToken(line[..<colon].utf8) else {
        throw RequestError(400, "Malformed header: expected name, colon and value")
      }
      let name = line[..<colon].lowercased()
      guard !Self.single.contains(name) || seen.insert(name).inserted else {
        throw RequestError(400, "Duplicate header")
      }
      let blanks: Set<Character> = [" ", "\t"]
      var value = line[line.utf8.index(after: colon)...].drop { blanks.contains($0) }
      while value.last.map(blanks.contains) == true { value.removeLast() }
      headers.append((name, String(value)))
    }
    guard seen.contains("host") || words[2] == "HTTP/1.0" else {
      throw RequestError(400, "Host header missing")
    }
    self.init(
      method: String(words[0]), path: target.path, query: target.query, headers: headers, peer: peer, network: network)
    isOldHTTP = words[2] == "HTTP/1.0"
  }

  /// A name as RFC 9110, 5.6.2 has it.
  private static func isToken(_ bytes: Substring.UTF8View) -> Bool {
    !bytes.isEmpty
      && bytes.allSatisfy { byte in
        switch byte {
        case 48...57, 65...90, 97...122: true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
      }
  }

  /// Whether another request may follow on the connection. Bodies are never read, so not after one that has one.
  public var keepsAlive: Bool {
    !isOldHTTP && (method == "GET" || method == "HEAD") && header("connection")?.lowercased() != "close"
      && header("transfer-encoding") == nil && (header("content-length") ?? "0") == "0"
  }
}
