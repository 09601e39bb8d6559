import Audio
import JSON
import Platform
import SpeechClient
import Subtitles

/// Writes a stream's results in the requested form.
final class StreamOutput {
  /// The source of the results, as they name it.
  struct Source: Equatable {
    /// `file` or `device`.
    var kind: StaticString
    var name: String
    /// Its lines of text begin with its name where others follow in the same file.
    var isOneOfMany = false

    static func == (one: Source, other: Source) -> Bool {
      (one.name, one.isOneOfMany, "\(one.kind)") == (other.name, other.isOneOfMany, "\(other.kind)")
    }
  }

  let kind: OutputKind
  let source: Source
  private let sink: any ResultSink
  private let console: Console
  private var subtitles: SubtitleWriter?
  private var utterances = 0

  init(_ kind: OutputKind, of source: Source, to sink: any ResultSink, console: Console) {
    self.kind = kind
    self.source = source
    self.sink = sink
    self.console = console
    switch kind {
    case .srt: subtitles = SubtitleWriter(.subRip)
    case .vtt: subtitles = SubtitleWriter(.webVTT)
    case .text, .plain, .utterances, .json, .jsonl: subtitles = nil
    }
  }

  /// The texts are shown on the terminal.
  var showsTexts: Bool { sink.isSeen && kind != .json }
  var isFull: Bool { sink.isFull }
  var failure: String? { sink.failure }

  func begin() {
    sink.write(subtitles?.header ?? "")
    if source.isOneOfMany, sink.isSeen, kind == .text || kind == .plain {
      sink.write("\(TextCells.isolated(TextCells.plain(source.name))):\n")
    }
  }

  /// A message of the server, unchanged but for the mark of a repeated one.
  func message(_ text: UnsafeRawBufferPointer, isRepeat: () -> Bool) {
    guard kind == .jsonl else { return }
    var line = Array(text)
    if line.last == UInt8(ascii: "}"), isRepeat() {
      line.removeLast()
      line += Array(#","resent":true}"#.utf8)
    }
    line.append(UInt8(ascii: "\n"))
    line.withUnsafeBytes { sink.write($0) }
  }

  /// Final texts, with their times in the recording.
  func finals(_ captions: [Caption]) {
    for caption in captions {
      switch kind {
      case .text: sink.write(line(caption.head(dash: console.traits.glyphs.dash), caption, elsewhere: caption.line))
      case .plain: sink.write(line("", caption, elsewhere: caption.plain))
      case .srt, .vtt: sink.write(subtitles?.text(for: caption) ?? "")
      case .utterances: sink.write(utterance(caption) + "\n")
      case .json, .jsonl: break
      }
    }
  }

  /// The user marked a place in the recording.
  func mark(_ mark: StreamRecord.Mark) {
    switch kind {
    case .text: sink.write("[\(mark.place)] mark \(mark.number)\n")
    case .vtt: sink.write(subtitles?.note("mark \(mark.number) at \(mark.place)") ?? "")
    case .utterances:
      var object = named
      object.add("mark", mark.number)
      object.add("at", mark.value["at"] ?? .null)
      sink.write(object.text + "\n")
    case .plain, .srt, .json, .jsonl: break
    }
  }

  /// On a terminal a caption is wrapped. Elsewhere it is one line.
  private func line(_ head: String, _ caption: Caption, elsewhere: String) -> String {
    guard sink.isSeen else {
      let name = source.isOneOfMany && kind == .text ? "\(TextCells.plain(source.name)): " : ""
      return name + elsewhere + "\n"
    }
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

  private var named: JSONObject {
    var object = JSONObject()
    object.add(source.kind, source.name)
    return object
  }

  private func utterance(_ caption: Caption) -> String {
    func number(_ seconds: Double?) -> JSONValue { seconds.map { .number(($0 * 1000).rounded() / 1000) } ?? .null }
    utterances += 1
    var object = named
    object.add("segment", utterances)
    object.add("start", number(caption.start))
    object.add("end", number(caption.end))
    object.add("text", caption.text)
    return object.text
  }

  /// The object of a source that is over.
  func record(_ text: String) {
    if kind == .json { sink.write(text + "\n") }
  }

  func finish() { sink.finish() }
}
