/// Blanks what is not code in Swift source: comments and string literals, over as many lines as they take.
///
/// Not a parser: raw strings and interpolation are treated as plain text to the closing quote, which is enough to keep
/// examples inside strings from looking like declarations.
struct CodeMask {
  private enum Place: Equatable {
    case code, block
    case string(closing: String)
  }

  static func mask(_ lines: [String]) -> [String] {
    var mask = CodeMask()
    return lines.map { mask.next($0) }
  }

  private var place = Place.code

  private mutating func next(_ line: String) -> String {
    var out = ""
    var rest = line[...]
    while let character = rest.first {
      switch place {
      case .block:
        if rest.hasPrefix("*/") { place = .code }
        rest = rest.dropFirst(rest.hasPrefix("*/") ? 2 : 1)
      case .string(let closing):
        if rest.hasPrefix(closing) {
          place = .code
          out += "\""
          rest = rest.dropFirst(closing.count)
        } else {
          rest = rest.dropFirst(character == "\\" && !closing.hasSuffix("#") ? 2 : 1)
        }
      case .code:
        if rest.hasPrefix("//") { return out }
        if rest.hasPrefix("/*") {
          place = .block
          rest = rest.dropFirst(2)
        } else if let opening = ["#\"\"\"", "\"\"\"", "#\"", "\""].first(where: { rest.hasPrefix($0) }) {
          place = .string(closing: String(opening.reversed()))
          out += "\""
          rest = rest.dropFirst(opening.count)
        } else {
          out.append(character)
          rest = rest.dropFirst()
        }
      }
    }
    // A quote left open at the end of a line is no multi-line string: the next line is code again.
    if case .string(let closing) = place, !closing.hasPrefix("\"\"\"") { place = .code }
    return out
  }
}
