/// What a request asks for: the path and the query of its first line, decoded.
public struct RequestTarget: Equatable, Sendable {
  /// It begins with `/`; `.` and `..` are resolved.
  public var path: String
  public var query: [HTTPRequest.QueryItem]

  public init(_ text: Substring) throws(RequestError) {
    var text = text
    // What proxies are sent, and servers take too (RFC 9112, 3.2.2).
    for scheme in ["http://", "https://", "ws://", "wss://"] where text.lowercased().hasPrefix(scheme) {
      text = text.dropFirst(scheme.count)
      guard HostHeader.isValid(text.prefix { $0 != "/" && $0 != "?" }) else {
        throw RequestError(400, "Request target: expected a name or an address as its host")
      }
      text = text.drop { $0 != "/" && $0 != "?" }
      if !text.hasPrefix("/") { text = "/" + text }
      break
    }
    guard text.hasPrefix("/") else { throw RequestError(400, "Request target must begin with a slash") }
    guard !text.contains("#") else { throw RequestError(400, "Request target must not contain a fragment") }
    let parts = text.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    path = try Self.resolved(Self.decoded(parts[0]))
    query = []
    for item in parts.count > 1 ? parts[1].split(separator: "&") : [] {
      let pair = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      query.append(
        .init(name: try Self.decoded(pair[0]), value: pair.count > 1 ? try Self.decoded(pair[1]) : ""))
    }
  }

  /// Removes `.` and `..` (RFC 3986, 5.2.4), after decoding, so that no spelling of them is left.
  private static func resolved(_ path: String) throws(RequestError) -> String {
    var kept: [Substring] = []
    let segments = path.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
    for (index, segment) in segments.enumerated() {
      let isLast = index == segments.count - 1
      switch segment {
      case ".": if isLast { kept.append("") }
      case "..":
        guard kept.popLast() != nil else { throw RequestError(400, "Path must not leave its root") }
        if isLast { kept.append("") }
      default: kept.append(segment)
      }
    }
    return "/" + kept.joined(separator: "/")
  }

  private static func decoded(_ text: Substring) throws(RequestError) -> String {
    guard text.utf8.contains(37) else { return String(text) }
    var bytes: [UInt8] = []
    var rest = text.utf8[...]
    while let byte = rest.popFirst() {
      guard byte == 37 else {
        bytes.append(byte)
        continue
      }
      guard let high = rest.popFirst().flatMap(digit), let low = rest.popFirst().flatMap(digit) else {
        throw RequestError(400, "Expected two hexadecimal digits after a percent sign")
      }
      let value = high << 4 | low
      guard value >= 0x20, value != 0x7F else {
        throw RequestError(400, "Request target must not contain control characters")
      }
      bytes.append(value)
    }
    guard let decoded = String(validating: bytes, as: UTF8.self) else {
      throw RequestError(400, "Request target must be UTF-8")
    }
    return decoded
  }

  private static func digit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case 48...57: byte - 48
    case 65...70: byte - 55
    case 97...102: byte - 87
    default: nil
    }
  }
}
