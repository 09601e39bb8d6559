internal import IO

/// Finds the client that trusted proxies speak for, in `X-Forwarded-For` and `Forwarded` (RFC 7239).
///
/// Each proxy appends the address it was reached from, so what a client has written itself lies before it.
enum ForwardedClient {
  /// - Parameter proxies: those that are trusted; the connection is one's.
  /// - Returns: nil if the headers name none.
  /// - Throws: the headers contradict each other: one of them is the client's own.
  static func find(in headers: HTTPHeaders, behind proxies: TrustedProxies) throws(RequestError) -> ClientAddress? {
    let noted = proxies.client(behind: notedHops(headers).reversed().lazy.map { hop($0) })
    let forwarded = proxies.client(behind: forwardedElements(headers).reversed().lazy.map { hop(ofElement: $0) })
    guard let noted, let forwarded else { return noted ?? forwarded }
    guard noted.isSameHost(as: forwarded) else {
      throw RequestError(
        400, "X-Forwarded-For and Forwarded name different clients: have the proxy remove the one it does not write")
    }
    return noted
  }

  /// An address, perhaps with a port: `192.0.2.7`, `192.0.2.7:80`, `2001:db8::1`, `[2001:db8::1]`, `[2001:db8::1]:80`.
  /// Everything else is unknown: `unknown`, `_name`.
  static func hop(_ text: String) -> ClientAddress {
    if let address = IPAddress(text) { return .internet(address, port: nil) }
    let isBracketed = text.hasPrefix("[")
    guard let end = text.lastIndex(of: isBracketed ? "]" : ":") else { return .unknown }
    let name = isBracketed ? text[text.index(after: text.startIndex)..<end] : text[..<end]
    guard let address = IPAddress(String(name)), name.contains(":") == isBracketed else { return .unknown }
    let rest = isBracketed ? text[text.index(after: end)...] : text[end...]
    if rest.isEmpty { return .internet(address, port: nil) }
    guard rest.hasPrefix(":"), let port = UInt16(rest.dropFirst()) else { return .unknown }
    return .internet(address, port: Int(port))
  }

  /// The hop of an element of `Forwarded`: its only `for=`.
  private static func hop(ofElement element: String) -> ClientAddress {
    let values = (split(element, at: UInt8(ascii: ";")) ?? []).compactMap { pair in
      pair.lowercased().hasPrefix("for=") ? pair.dropFirst(4) : nil
    }
    guard values.count == 1, var value = values.first else { return .unknown }
    if value.count >= 2, value.hasPrefix("\""), value.hasSuffix("\"") { value = value.dropFirst().dropLast() }
    return hop(String(value))
  }

  // Bytes are compared: a character may join with the comma behind it.

  private static func notedHops(_ headers: HTTPHeaders) -> [String] {
    headers.lines.filter { $0.name == "x-forwarded-for" }.flatMap { line in
      line.value.utf8.split(separator: UInt8(ascii: ",")).map { HTTPHeaders.trimmed(Substring($0)) }
    }.filter { !$0.isEmpty }
  }

  /// Of a line whose quotes are not closed, one unknown hop: a client may have opened them to hide what proxies append.
  private static func forwardedElements(_ headers: HTTPHeaders) -> [String] {
    headers.lines.filter { $0.name == "forwarded" }.flatMap { line in
      split(line.value, at: UInt8(ascii: ",")) ?? ["unknown"]
    }.filter { !$0.isEmpty }
  }

  /// The parts between separators that are not quoted, without the blanks around them.
  /// - Returns: nil if a quote is not closed.
  private static func split(_ text: String, at separator: UInt8) -> [String]? {
    var (isQuoted, isEscaped) = (false, false)
    let parts = text.utf8.split(omittingEmptySubsequences: false) { byte in
      defer { isEscaped = isQuoted && byte == UInt8(ascii: "\\") && !isEscaped }
      if byte == UInt8(ascii: "\""), !isEscaped { isQuoted.toggle() }
      return byte == separator && !isQuoted
    }
    return isQuoted ? nil : parts.map { HTTPHeaders.trimmed(Substring($0)) }
  }
}
