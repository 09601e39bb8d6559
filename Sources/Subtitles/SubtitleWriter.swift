/// Writes texts as a subtitle file. The file is valid at any time, and cues never overlap.
public struct SubtitleWriter: Equatable, Sendable {
  public enum Kind: Equatable, Sendable { case subRip, webVTT }

  public let kind: Kind
  private var count = 0
  /// The end of the last cue in milliseconds.
  private var earliest = 0

  public init(_ kind: Kind) { self.kind = kind }

  /// The beginning of the file.
  public var header: String { kind == .webVTT ? "WEBVTT\n\n" : "" }

  /// The cues of a text from one second to another.
  public mutating func text(_ words: String, from start: Double, to end: Double) -> String {
    var text = ""
    for cue in Cue.cues(words, from: start, to: end, notBefore: earliest) {
      count += 1
      earliest = cue.end
      switch kind {
      case .subRip:
        text += "\(count)\n\(Self.time(cue.start, ",")) --> \(Self.time(cue.end, ","))\n"
        // It cannot be escaped, and in a text it would be taken for a time.
        text += cue.lines.map { $0.replacing("-->", with: "→") }.joined(separator: "\n") + "\n\n"
      case .webVTT:
        text += "\(Self.time(cue.start, ".")) --> \(Self.time(cue.end, "."))\n"
        text += cue.lines.map(Self.escaped).joined(separator: "\n") + "\n\n"
      }
    }
    return text
  }

  /// A comment, which only WebVTT has.
  public func note(_ text: String) -> String { kind == .webVTT ? "NOTE \(text)\n\n" : "" }

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

  /// Cue text of WebVTT may have tags and character references.
  private static func escaped(_ line: String) -> String {
    line.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
  }
}
