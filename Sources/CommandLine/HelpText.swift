/// Text for a terminal of a given width.
public enum HelpText {
  /// A paragraph in lines of at most `width` columns.
  public static func paragraph(_ text: String, width: Int) -> String {
    wrap(text, columns: width).joined(separator: "\n")
  }

  /// Names with their meaning beside them.
  public static func table(_ rows: [(String, String)], width: Int) -> String {
    let first = (rows.map(\.0.count).max() ?? 0) + 4
    return rows.map { head, text in
      wrap(text, columns: max(20, width - first)).enumerated().map { index, line in
        let left = index == 0 ? "  \(head)" : ""
        return left + String(repeating: " ", count: first - left.count) + line
      }.joined(separator: "\n")
    }.joined(separator: "\n")
  }

  /// Splits `text` between words into lines of at most `columns`.
  public static func wrap(_ text: String, columns: Int) -> [String] {
    var lines = [""]
    for word in text.split(separator: " ") {
      let last = lines.count - 1
      if lines[last].isEmpty {
        lines[last] = String(word)
      } else if lines[last].count + 1 + word.count <= columns {
        lines[last] += " " + word
      } else {
        lines.append(String(word))
      }
    }
    return lines
  }
}
