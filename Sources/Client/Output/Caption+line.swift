import SpeechClient
import Subtitles

extension Caption {
  /// `00:00.35–00:03.10`, for utterances only. The text of a chunk is shown with its start alone.
  func range(dash: String = "–") -> String? {
    guard isUtterance, let start, let end else { return nil }
    return "\(start.timestamp)\(dash)\(end.timestamp)"
  }

  /// The beginning of the line on a terminal.
  func head(dash: String) -> String {
    range(dash: dash).map { "[\($0)] " } ?? start.map { $0.clock() + "  " } ?? ""
  }

  /// The caption as one line, for programs to read.
  var line: String { range().map { "[\($0)] \(plain)" } ?? plain }

  /// The text as one line.
  var plain: String { text.split(whereSeparator: \.isNewline).joined(separator: " ") }
}

extension SubtitleWriter {
  mutating func text(for caption: Caption) -> String {
    let start = caption.start ?? 0
    return text(caption.text, from: start, to: caption.end ?? start)
  }
}
