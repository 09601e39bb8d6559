/// Captions as the text of a subtitle file, each whole as soon as it is known: what has been written is a valid file at any
/// time. Cues never overlap.
struct SubtitleWriter: Equatable {
  /// The two kinds there are.
  enum Kind: Equatable { case subRip, webVTT }

  let kind: Kind
  private var count = 0
  /// Milliseconds at which the last cue ended.
  private var earliest = 0

  init(_ kind: Kind) { self.kind = kind }

  /// What the file begins with.
  var header: String { kind == .webVTT ? "WEBVTT\n\n" : "" }

  mutating func text(for caption: Caption) -> String {
    var text = ""
    for cue in Cue.cues(for: caption, notBefore: earliest) {
      count += 1
      earliest = cue.end
      switch kind {
      case .subRip:
        text += "\(count)\n\(Self.time(cue.start, ",")) --> \(Self.time(cue.end, ","))\n"
        // There is no way to escape it; in a text it would pass for a time.
        text += cue.lines.map { $0.replacing("-->", with: "→") }.joined(separator: "\n") + "\n\n"
      case .webVTT:
        text += "\(Self.time(cue.start, ".")) --> \(Self.time(cue.end, "."))\n"
        text += cue.lines.map(Self.escaped).joined(separator: "\n") + "\n\n"
      }
    }
    return text
  }

  /// `HH:MM:SS,mmm`
  private static func time(_ milliseconds: Int, _ point: String) -> String {
    func padded(_ number: Int, _ digits: Int) -> String {
      let text = String(number)
      return String(repeating: "0", count: max(0, digits - text.count)) + text
    }
    let seconds = milliseconds / 1000
    return "\(padded(seconds / 3600, 2)):\(padded(seconds / 60 % 60, 2)):\(padded(seconds % 60, 2))"
      + point + padded(milliseconds % 1000, 3)
  }

  /// WebVTT's cue text knows tags and character references.
  private static func escaped(_ line: String) -> String {
    line.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
  }
}
