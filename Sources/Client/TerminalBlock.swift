/// A few lines at the bottom of a terminal that are drawn again in place while others scroll away above them.
///
/// The cursor rests at the beginning of the block's last line, so a terminal that wraps its lines anew when it is narrowed
/// takes it along; `erase` steps over what the wrapping has added. While it is drawn the terminal wraps nothing: between its
/// becoming narrower and our hearing of it, lines too long would otherwise push one another down.
struct TerminalBlock: Equatable {
  private var drawn: [StyledLine] = []
  private var color: Bool
  private static let withoutWrapping = "\u{1B}[?7l"
  private static let withWrapping = "\u{1B}[?7h"

  init(color: Bool) { self.color = color }

  var isEmpty: Bool { drawn.isEmpty }

  /// The bytes that take the block away and leave the cursor where it began.
  mutating func erase(width: Int) -> String {
    guard !drawn.isEmpty else { return "" }
    let above = drawn.dropLast().reduce(0) { $0 + max(1, ($1.width + width - 1) / max(1, width)) }
    drawn = []
    return "\r" + (above > 0 ? "\u{1B}[\(above)A" : "") + "\u{1B}[J"
  }

  /// The bytes that show `lines` in place of what is shown; none when nothing has changed.
  mutating func draw(_ lines: [StyledLine], width: Int, wasResized: Bool) -> String {
    guard lines != drawn || wasResized else { return "" }
    guard !wasResized, lines.count == drawn.count, !lines.isEmpty else {
      let erasure = erase(width: width)
      drawn = lines
      guard !lines.isEmpty else { return erasure }
      return erasure + Self.withoutWrapping + lines.map { $0.rendered(color: color) }.joined(separator: "\r\n")
        + "\r" + Self.withWrapping
    }
    // The same number of lines: only what has changed is written, so nothing flickers.
    var text = Self.withoutWrapping
    text += drawn.count > 1 ? "\u{1B}[\(drawn.count - 1)A" : ""
    for (index, line) in lines.enumerated() {
      if line != drawn[index] { text += line.rendered(color: color) + "\u{1B}[K" }
      text += index < lines.count - 1 ? "\r\n" : "\r"
    }
    drawn = lines
    return text + Self.withWrapping
  }
}
