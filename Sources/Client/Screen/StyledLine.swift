import Platform

/// A line of text with a few colors.
struct StyledLine: Equatable {
  enum Style: Equatable { case plain, dim, good, warning, alarm }

  private struct Part: Equatable {
    var text: String
    var style: Style
  }

  private var parts: [Part] = []
  /// Its width in terminal cells.
  private(set) var width = 0

  init(_ text: String = "", _ style: Style = .plain) { append(text, style) }

  mutating func append(_ text: String, _ style: Style = .plain) {
    guard !text.isEmpty else { return }
    parts.append(Part(text: text, style: style))
    width += TextCells.width(of: text)
  }

  var text: String { parts.map(\.text).joined() }

  /// The line cut to `cells` cells.
  func cut(to cells: Int, ellipsis: String) -> StyledLine {
    guard width > cells else { return self }
    var line = StyledLine()
    for part in parts {
      let room = cells - line.width
      let partWidth = TextCells.width(of: part.text)
      guard partWidth > room || (partWidth == room && part != parts.last) else {
        line.append(part.text, part.style)
        continue
      }
      line.append(TextCells.cut(part.text + " ", to: room, ellipsis: ellipsis), part.style)
      break
    }
    return line
  }

  /// The line for a terminal, with ANSI colors or without.
  func rendered(color: Bool) -> String {
    guard color else { return text }
    return parts.map { part in
      switch part.style {
      case .plain: part.text
      case .dim: "\u{1B}[2m\(part.text)\u{1B}[0m"
      case .good: "\u{1B}[32m\(part.text)\u{1B}[0m"
      case .warning: "\u{1B}[33m\(part.text)\u{1B}[0m"
      case .alarm: "\u{1B}[1;31m\(part.text)\u{1B}[0m"
      }
    }.joined()
  }
}
