/// The form of the results.
enum OutputKind: String, CaseIterable {
  /// A line for each final text, with its time.
  case text
  /// The same without times.
  case plain
  /// SubRip subtitles.
  case srt
  /// WebVTT subtitles.
  case vtt
  /// A JSON object for each final text, as soon as it is final.
  case utterances
  /// One JSON object for each source, at its end.
  case json
  /// A line for each message of the server, as it arrives.
  case jsonl

  /// The extension of a file of this kind.
  var suffix: String {
    switch self {
    case .text, .plain: "txt"
    case .utterances: "jsonl"
    case .srt, .vtt, .json, .jsonl: rawValue
    }
  }

  /// The results of several streams, one after another, are still a valid file of this kind.
  var canBeJoined: Bool { self != .srt && self != .vtt }
}
