import Audio
import JSON

/// The object for one session under `--output json`.
struct StreamRecord {
  /// A final text: the message that brought it, and its lines.
  private struct Final {
    var value: JSONValue
    var segment: Int
    var lines: [String]
    /// The message lists utterances with their times.
    var hasTimes: Bool
  }

  /// `file` or `device`.
  private let kind: StaticString
  private let name: String
  private let format: AudioFormat
  private var finals: [Final] = []
  private var partial: JSONValue?
  private var segments: [JSONValue] = []
  private var lastSegment = 0
  private var receipt: JSONValue?

  init(kind: StaticString, name: String, format: AudioFormat) {
    self.kind = kind
    self.name = name
    self.format = format
  }

  /// A record for the next session of the same stream.
  var emptied: StreamRecord { StreamRecord(kind: kind, name: name, format: format) }

  /// Keeps the final texts, the last partial until a final text replaces it, and the receipt.
  mutating func take(_ value: JSONValue, as reply: Reply) {
    switch reply {
    case .transcription(let text): take(value, as: text)
    case .update(let update): take(value, as: update)
    case .summary: receipt = value
    default: break
    }
  }

  private mutating func take(_ value: JSONValue, as update: Reply.Update) {
    let segment = update.segment
    guard segment.number > lastSegment else { return }
    guard update.isFinal else {
      partial = value
      return
    }
    if let number = partial?["segment"]?.integer, number <= segment.number { partial = nil }
    lastSegment = segment.number
    guard !segment.text.isEmpty else { return }
    segments.append(Self.segment(segment, of: value))
    finals.append(Final(value: value, segment: segment.number, lines: [segment.text], hasTimes: true))
  }

  /// As a receipt lists it, with the language and the words if the update has them.
  private static func segment(_ segment: Reply.Segment, of update: JSONValue) -> JSONValue {
    var members = ["segment", "start", "end"].compactMap { key in
      update[key].map { JSONValue.Member(key: key, value: $0) }
    }
    members.append(.init(key: "text", value: .string(segment.text)))
    members += ["language", "words"].compactMap { key in update[key].map { .init(key: key, value: $0) } }
    return .object(members)
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
    if let last = finals.last, last.segment == text.segment {
      // The text of the last segment is repeated at the end, without its time.
      if last.hasTimes, text.segments.isEmpty { return }
      finals.removeLast()
    }
    guard !text.text.isEmpty || !text.segments.isEmpty else { return }
    let lines = text.segments.isEmpty ? [text.text] : text.segments.map(\.text)
    finals.append(Final(value: value, segment: text.segment, lines: lines, hasTimes: !text.segments.isEmpty))
  }

  /// All final texts, a line each.
  private var text: String {
    let lines = finals.flatMap(\.lines) + [partial?["transcription"]?.string ?? ""]
    return lines.filter { !$0.isEmpty }.joined(separator: "\n")
  }

  /// Those of the receipt, which lists all of them. For a very long stream its list is cut.
  private var allSegments: [JSONValue] {
    let listed = receipt?["segments"]?.array ?? []
    return listed.count >= segments.count ? listed : segments
  }

  /// The figures of a session.
  struct Figures {
    var chunks: Int
    var bytes: Int
    /// Second of the recording at which the session began, and seconds sent in it.
    var start: Double
    var seconds: Double
    var answered: Int
    /// Chunks of the recording, by number.
    var missing = SeqRanges()
    var failed = SeqRanges()
    /// Every chunk counted here was answered.
    var isComplete: Bool
    var troubles: [String] = []
  }

  /// The object as one line.
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
