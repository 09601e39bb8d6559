/// What a stream's results are.
enum OutputKind: String, CaseIterable {
  /// The transcriptions, a line each.
  case text
  /// Every message of the server as it came, a line each.
  case jsonl
  /// One object a stream, at its end.
  case json
  /// Subtitles, SubRip.
  case srt
  /// Subtitles, WebVTT.
  case vtt

  /// What a file of it is called after its dot.
  var suffix: String { self == .text ? "txt" : rawValue }

  /// Several streams one after another in one file are still one file of its kind.
  var canBeJoined: Bool { self != .srt && self != .vtt }
}
