/// A few lines at the bottom of a terminal that are redrawn in place while other lines scroll above them.
///
/// The cursor rests at the beginning of the last line, so a terminal that wraps its lines again when it gets narrower
/// moves the cursor with them; `erase` steps over the added lines. Wrapping is off while the block is drawn: between a
/// resize and its signal, lines that are too long would push each other down.
struct TerminalBlock: Equatable {
  private var drawn: [StyledLine] = []
  private var color: Bool
  private static let withoutWrapping = "\u{1B}[?7l"
  private static let withWrapping = "\u{1B}[?7h"

  init(color: Bool) { self.color = color }

  var isEmpty: Bool { drawn.isEmpty }

  /// The bytes that remove the block and move the cursor to its beginning.
  mutating func erase(width: Int) -> String {
    guard !drawn.isEmpty else { return "" }
    let above = drawn.dropLast().reduce(0) { $0 + max(1, ($1.width + width - 1) / max(1, width)) }
    drawn = []
    return "\r" + (above > 0 ? "\u{1B}[\(above)A" : "") + "\u{1B}[J"
  }

  /// The bytes that replace the block by `lines`. None if nothing has changed.
  mutating func draw(_ lines: [StyledLine], width: Int, wasResized: Bool) -> String {
    guard lines != drawn || wasResized else { return "" }
    guard !wasResized, lines.count == drawn.count, !lines.isEmpty else {
      let erasure = erase(width: width)
      drawn = lines
      guard !lines.isEmpty else { return erasure }
      return erasure + Self.withoutWrapping + lines.map { $0.rendered(color: color) }.joined(separator: "\r\n")
        + "\r" + Self.withWrapping
    }
    // With the same number of lines only the changed ones are written, so nothing flickers.
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
