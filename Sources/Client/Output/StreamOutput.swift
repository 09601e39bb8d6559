/// Writes a stream's results in the requested form.
final class StreamOutput {
  let kind: OutputKind
  private let sink: any ResultSink
  private let console: Console
  private var subtitles: SubtitleWriter?

  init(_ kind: OutputKind, to sink: any ResultSink, console: Console) {
    self.kind = kind
    self.sink = sink
    self.console = console
    switch kind {
    case .srt: subtitles = SubtitleWriter(.subRip)
    case .vtt: subtitles = SubtitleWriter(.webVTT)
    case .text, .json, .jsonl: subtitles = nil
    }
  }

  /// The texts are shown on the terminal.
  var showsTexts: Bool { sink.isSeen && kind != .json }
  var isFull: Bool { sink.isFull }
  var failure: String? { sink.failure }

  /// - Parameter title: announces the stream on a terminal with several.
  func begin(title: String? = nil) {
    sink.write(subtitles?.header ?? "")
    if let title, sink.isSeen, kind == .text { sink.write("\(TextCells.isolated(TextCells.plain(title))):\n") }
  }

  /// A message of the server, unchanged.
  func message(_ text: UnsafeRawBufferPointer) {
    guard kind == .jsonl else { return }
    var line = Array(text)
    line.append(UInt8(ascii: "\n"))
    line.withUnsafeBytes { sink.write($0) }
  }

  /// Final texts, with their times in the recording.
  func finals(_ captions: [Caption]) {
    switch kind {
    case .text: for caption in captions { sink.write(line(caption)) }
    case .srt, .vtt: for caption in captions { sink.write(subtitles?.text(for: caption) ?? "") }
    case .json, .jsonl: break
    }
  }

  /// On a terminal a caption is wrapped. Elsewhere it is one line.
  private func line(_ caption: Caption) -> String {
    guard sink.isSeen else { return caption.line + "\n" }
    let head = caption.head(dash: console.traits.glyphs.dash)
    let text = TextCells.plain(caption.text)
    guard console.isLive else { return head + TextCells.isolated(text) + "\n" }
    return Self.lines(head, text, width: console.width + 1).joined(separator: "\n") + "\n"
  }

  /// A text after its head. Its other lines are aligned with the first one if there is room.
  static func lines(_ head: String, _ text: String, width: Int) -> [String] {
    let indent = TextCells.width(of: head)
    guard width >= indent + 30 else { return TextCells.wrap(head + text, to: width).map(TextCells.isolated) }
    let margin = String(repeating: " ", count: indent)
    return TextCells.wrap(text, to: width - indent).enumerated().map {
      ($0 == 0 ? head : margin) + TextCells.isolated($1)
    }
  }

  /// The object of a session that is over.
  func record(_ text: String) {
    if kind == .json { sink.write(text + "\n") }
  }

  func finish() { sink.finish() }
}
