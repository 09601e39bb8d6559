/// A header's value with parameters: `form-data; name="file"; filename=a.wav`.
struct HeaderValue {
  /// The part before the first parameter, in lowercase.
  let first: String
  private let parameters: [(name: String, value: String)]

  init(_ text: String) {
    var pieces = Self.split(text).map(HTTPHeaders.trimmed)
    first = pieces.isEmpty ? "" : pieces.removeFirst().lowercased()
    parameters = pieces.compactMap { piece in
      guard let equals = piece.firstIndex(of: "=") else { return nil }
      let value = HTTPHeaders.trimmed(piece[piece.index(after: equals)...])
      return (HTTPHeaders.trimmed(piece[..<equals]).lowercased(), Self.unquoted(value))
    }
  }

  /// The first parameter of that name.
  subscript(name: String) -> String? { parameters.first { $0.name == name }?.value }

  /// At semicolons that are not quoted.
  private static func split(_ text: String) -> [Substring] {
    var (isQuoted, isEscaped) = (false, false)
    return text.split(omittingEmptySubsequences: false) { character in
      defer { isEscaped = isQuoted && character == "\\" && !isEscaped }
      if character == "\"", !isEscaped { isQuoted.toggle() }
      return character == ";" && !isQuoted
    }
  }

  private static func unquoted(_ value: String) -> String {
    guard value.count >= 2, value.first == "\"", value.last == "\"" else { return value }
    var isEscaped = false
    return String(
      value.dropFirst().dropLast().filter { character in
        isEscaped = character == "\\" && !isEscaped
        return !isEscaped
      })
  }
}
