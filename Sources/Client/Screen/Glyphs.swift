/// The characters of bars and lines: block elements in a UTF-8 locale, ASCII elsewhere.
struct Glyphs: Equatable {
  var full: String
  /// Cells that are filled from the left by one part of `parts.count + 1`, two parts, and so on.
  var parts: [String]
  var empty: String
  var peak: String
  var left: String
  var right: String
  var arrow: String
  var dot: String
  var times: String
  var ellipsis: String
  var dash: String
  /// Marks a text that may still change.
  var open: String

  static let blocks = Glyphs(
    full: "█", parts: ["▏", "▎", "▍", "▌", "▋", "▊", "▉"], empty: " ", peak: "│", left: "▕", right: "▏", arrow: "→",
    dot: "·", times: "×", ellipsis: "…", dash: "–", open: "› ")
  static let ascii = Glyphs(
    full: "#", parts: [], empty: " ", peak: "|", left: "[", right: "]", arrow: "->", dot: "-", times: "x",
    ellipsis: "...", dash: "-", open: "> ")
}

extension Glyphs {
  /// A bar of `cells` cells, filled to a part 0…1.
  func bar(_ part: Double, cells: Int) -> String {
    guard cells > 0 else { return "" }
    let steps = parts.count + 1
    let filled = Int((min(1, max(0, part)) * Double(cells * steps)).rounded())
    var text = String(repeating: full, count: filled / steps)
    if filled % steps > 0 { text += parts[filled % steps - 1] }
    let used = filled / steps + (filled % steps > 0 ? 1 : 0)
    return text + String(repeating: empty, count: cells - used)
  }
}
