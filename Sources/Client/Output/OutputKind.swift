/// The form of the results.
enum OutputKind: String, CaseIterable {
  /// A line for each final text.
  case text
  /// A line for each message of the server, as it arrives.
  case jsonl
  /// One object for each stream, at its end.
  case json
  /// SubRip subtitles.
  case srt
  /// WebVTT subtitles.
  case vtt

  /// The extension of a file of this kind.
  var suffix: String { self == .text ? "txt" : rawValue }

  /// The results of several streams, one after another, are still a valid file of this kind.
  var canBeJoined: Bool { self != .srt && self != .vtt }
}
