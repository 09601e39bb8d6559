import Audio
import JSON

/// The object that tells of one stream under `--output json`.
struct StreamRecord {
  /// `file` or `device`, and its name.
  var kind: StaticString
  var name: String
  var format: AudioFormat
  private var finals: [(reply: Reply.Text, value: JSONValue)] = []
  private var partial: JSONValue?
  private var segments: [JSONValue] = []
  private var lastSegment = 0
  private(set) var receipt: JSONValue?

  init(kind: StaticString, name: String, format: AudioFormat) {
    self.kind = kind
    self.name = name
    self.format = format
  }

  /// Keeps the final transcriptions and the receipt; of partial ones only the last, until a final one.
  mutating func take(_ value: JSONValue, as reply: Reply) {
    switch reply {
    case .transcription(let text): take(value, as: text)
    case .summary: receipt = value
    default: break
    }
  }

  private mutating func take(_ value: JSONValue, as text: Reply.Text) {
    guard text.isFinal else {
      partial = value
      return
    }
    partial = nil
    for segment in value["segments"]?.array ?? [] {
      guard let number = segment["segment"]?.integer, number > lastSegment else { continue }
      lastSegment = number
      segments.append(segment)
    }
    if let last = finals.last, last.reply.segment == text.segment {
      // The last segment's text comes again at the end, without its time.
      if !last.reply.segments.isEmpty, text.segments.isEmpty { return }
      finals.removeLast()
    }
    if !text.text.isEmpty || !text.segments.isEmpty { finals.append((text, value)) }
  }

  /// All that was said, a line for what the server gave as one.
  private var text: String {
    var lines: [String] = []
    for (reply, _) in finals {
      lines += reply.segments.isEmpty ? [reply.text] : reply.segments.map(\.text)
    }
    lines.append(partial?["transcription"]?.string ?? "")
    return lines.filter { !$0.isEmpty }.joined(separator: "\n")
  }

  /// From the receipt, which tells all of them once more; of a very long stream it has not all.
  private var allSegments: [JSONValue] {
    let told = receipt?["segments"]?.array ?? []
    return told.count >= segments.count ? told : segments
  }

  /// What is said of a session besides its texts.
  struct Figures {
    var chunks: Int
    var bytes: Int
    /// Where in the recording it began, and how much of it that was.
    var start: Double
    var seconds: Double
    var answered: Int
    /// Chunks of the recording, by their numbers.
    var missing = SeqRanges()
    var failed = SeqRanges()
    /// Everything counted here was answered.
    var isComplete: Bool
    var troubles: [String] = []
  }

  /// The whole of it in one line.
  func text(_ figures: Figures) -> String {
    func seqs(_ ranges: SeqRanges) -> JSONValue {
      .array(ranges.ranges.flatMap { $0.map { .number(String($0)) } })
    }
    var object = JSONObject()
    object.add(kind, name)
    object.add("sample_rate", format.sampleRate)
    object.add("channels", format.channels)
    object.add("encoding", format.encoding.rawValue)
    object.add("complete", figures.isComplete)
    object.add("chunks", figures.chunks)
    object.add("bytes", figures.bytes)
    object.add("start", figures.start)
    object.add("duration", figures.seconds)
    object.add("answered", figures.answered)
    object.add("missing", seqs(figures.missing))
    object.add("failed", seqs(figures.failed))
    object.add("troubles", .array(figures.troubles.map { .string($0) }))
    object.add("text", text)
    object.add("segments", .array(allSegments))
    object.add("transcriptions", .array(finals.map(\.value) + (partial.map { [$0] } ?? [])))
    object.add("receipt", receipt ?? .null)
    return object.text
  }
}
