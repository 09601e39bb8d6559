package import Audio
package import JSON

/// The object for one source under `--output json`, over all the sessions it took to send it.
package struct StreamRecord {
  /// A place that the user marked, in seconds of the recording.
  package struct Mark: Equatable {
    package var number: Int
    var seconds: Double
  }

  /// `file` or `device`.
  private let kind: StaticString
  private let name: String
  private let format: AudioFormat
  private var current = SessionRecord()
  private var sessions: [JSONValue] = []
  private var segments: [JSONValue] = []
  private var lines: [String] = []
  private var transcriptions: [JSONValue] = []
  private var receipt: JSONValue?
  private var sums = (chunks: 0, bytes: 0, seconds: 0.0, answered: 0)
  private var marks: [Mark] = []

  package init(kind: StaticString, name: String, format: AudioFormat) {
    self.kind = kind
    self.name = name
    self.format = format
  }

  /// The object of a source that could not be sent at all.
  package static func failed(kind: StaticString, name: String, error: String) -> String {
    var object = JSONObject()
    object.add(kind, name)
    object.add("complete", false)
    object.add("error", error)
    return object.text
  }

  mutating func take(_ value: JSONValue, as reply: Reply) { current.take(value, as: reply) }

  mutating func mark(_ mark: Mark) { marks.append(mark) }

  /// The figures of a session.
  struct Figures {
    var chunks: Int
    var bytes: Int
    /// Seconds sent in it.
    var seconds: Double
    var answered: Int
    /// Chunks that another session had answered, too.
    var resent = 0
  }

  /// A session is over.
  /// - Parameters:
  ///   - timeline: has the places of its texts in the recording.
  ///   - isContinued: another session says the words that did not become final.
  mutating func endSession(_ figures: Figures, timeline: TimelineMap, isContinued: Bool) {
    if isContinued { current.dropPartial() }
    guard figures.chunks > 0 || current.receipt != nil else { return }
    sums.chunks += figures.chunks
    sums.bytes += figures.bytes
    sums.seconds += figures.seconds
    sums.answered += figures.answered
    for segment in current.segments {
      segments.append(Self.placed(segment, as: segments.count + 1, on: timeline))
    }
    lines += current.lines
    transcriptions += current.transcriptions
    receipt = current.receipt
    var object = JSONObject()
    object.add("start", timeline.start)
    object.add("chunks", figures.chunks)
    object.add("bytes", figures.bytes)
    object.add("duration", figures.seconds)
    object.add("answered", figures.answered)
    if figures.resent > 0 { object.add("resent", figures.resent) }
    // Its segments are with those of the other sessions.
    object.add("receipt", current.receipt?.removing("segments") ?? .null)
    sessions.append((try? JSONValue(parsing: object.text)) ?? .null)
    current = SessionRecord()
  }

  /// The segment with its number and times in the recording.
  private static func placed(_ segment: JSONValue, as number: Int, on timeline: TimelineMap) -> JSONValue {
    guard case .object(let members) = segment else { return segment }
    let caption = timeline.place(
      Caption(text: "", start: segment["start"]?.double, end: segment["end"]?.double))
    return .object(
      members.map { member in
        switch member.key {
        case "segment": .init(key: "segment", value: .number(String(number)))
        case "start": .init(key: "start", value: Self.number(caption.start, was: member.value))
        case "end": .init(key: "end", value: Self.number(caption.end, was: member.value))
        default: member
        }
      })
  }

  private static func number(_ seconds: Double?, was value: JSONValue) -> JSONValue {
    guard let seconds, seconds != value.double else { return value }
    return .number("\((seconds * 1000).rounded() / 1000)")
  }

  /// What is true of the recording as a whole.
  struct Outcome {
    /// Chunks of the recording, by number.
    var missing = SeqRanges()
    var failed = SeqRanges()
    /// Chunks that were answered and then sent again.
    var resent = 0
    /// Every chunk was answered.
    var isComplete: Bool
    var troubles: [String] = []
    /// Why it ended before its end.
    var error: String?
  }

  /// The object as one line. All sessions have ended.
  func text(_ outcome: Outcome) -> String {
    func seqs(_ ranges: SeqRanges) -> JSONValue {
      .array(ranges.ranges.flatMap { $0.map { .number(String($0)) } })
    }
    var object = JSONObject()
    object.add(kind, name)
    object.add("sample_rate", format.sampleRate)
    object.add("channels", format.channels)
    object.add("encoding", format.encoding.rawValue)
    object.add("complete", outcome.isComplete)
    if let error = outcome.error { object.add("error", error) }
    object.add("chunks", sums.chunks)
    object.add("bytes", sums.bytes)
    object.add("duration", sums.seconds)
    object.add("answered", sums.answered)
    if outcome.resent > 0 { object.add("resent", outcome.resent) }
    object.add("missing", seqs(outcome.missing))
    object.add("failed", seqs(outcome.failed))
    object.add("troubles", .array(outcome.troubles.map { .string($0) }))
    object.add("text", lines.joined(separator: "\n"))
    object.add("segments", .array(segments))
    if !marks.isEmpty { object.add("marks", .array(marks.map(\.value))) }
    object.add("transcriptions", .array(transcriptions))
    object.add("sessions", .array(sessions))
    object.add("receipt", receipt ?? .null)
    return object.text
  }
}

extension StreamRecord.Mark {
  /// `00:12.3`
  package var place: String { String(seconds.timestamp.dropLast()) }

  /// `{"mark":1,"at":12.3}`
  package var value: JSONValue {
    .object([
      .init(key: "mark", value: .number(String(number))),
      .init(key: "at", value: .number("\((seconds * 1000).rounded() / 1000)")),
    ])
  }
}

extension JSONValue {
  fileprivate func removing(_ key: String) -> JSONValue {
    guard case .object(let members) = self else { return self }
    return .object(members.filter { $0.key != key })
  }
}
