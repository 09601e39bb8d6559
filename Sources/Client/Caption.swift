/// A text that stays as it is, and when it was said, in seconds of the recording.
struct Caption: Equatable {
  var text: String
  var start: Double?
  var end: Double?
  /// An utterance that a recogniser of speech has delimited, not the text of one chunk.
  var isUtterance = false

  /// `00:00.35–00:03.10`; of an utterance alone: what a chunk says of itself has always stood with its start.
  func range(dash: String = "–") -> String? {
    guard isUtterance, let start, let end else { return nil }
    return "\(start.timestamp)\(dash)\(end.timestamp)"
  }

  /// What a line on a terminal begins with.
  func head(dash: String) -> String {
    range(dash: dash).map { "[\($0)] " } ?? start.map { $0.clock() + "  " } ?? ""
  }

  /// The caption as a line for a program to read.
  var line: String {
    let plain = text.split(whereSeparator: \.isNewline).joined(separator: " ")
    return range().map { "[\($0)] \(plain)" } ?? plain
  }
}
