import JSON

/// The texts and the receipt of one session, for `--output json`.
struct SessionRecord {
  /// A final text: the message that brought it, and its lines.
  private struct Final {
    var value: JSONValue
    var segment: Int
    var lines: [String]
    /// The message lists utterances with their times.
    var hasTimes: Bool
  }

  private var finals: [Final] = []
  private var partial: JSONValue?
  private var heard: [JSONValue] = []
  private var lastSegment = 0
  private(set) var receipt: JSONValue?

  init() {}

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
    heard.append(Self.segment(segment, of: value))
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
      heard.append(segment)
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

  /// The words that did not become final are said elsewhere.
  mutating func dropPartial() { partial = nil }

  /// The final texts, and the one that did not become final.
  var lines: [String] {
    (finals.flatMap(\.lines) + [partial?["transcription"]?.string ?? ""]).filter { !$0.isEmpty }
  }

  var transcriptions: [JSONValue] { finals.map(\.value) + (partial.map { [$0] } ?? []) }

  /// Those of the receipt, which lists all of them. For a very long stream its list is cut.
  var segments: [JSONValue] {
    let listed = receipt?["segments"]?.array ?? []
    return listed.count >= heard.count ? listed : heard
  }
}
