import Wire

/// The object that tells of one stream under `--output json`.
struct StreamRecord {
  /// `file` or `device`, and its name.
  var kind: StaticString
  var name: String
  var format: AudioFormat
  private var finals: [JSONValue] = []
  private var partial: JSONValue?
  private(set) var receipt: JSONValue?

  init(kind: StaticString, name: String, format: AudioFormat) {
    self.kind = kind
    self.name = name
    self.format = format
  }

  /// Keeps the final transcriptions and the receipt; of partial ones only the last, until a final one of its segment.
  mutating func take(_ value: JSONValue, as reply: Reply) {
    switch reply {
    case .transcription(let text):
      guard text.isFinal else {
        partial = value
        return
      }
      // The last segment's text comes again at the end.
      if finals.last.map(Reply.init)?.segment == text.segment { finals.removeLast() }
      finals.append(value)
      partial = nil
    case .summary: receipt = value
    default: break
    }
  }

  /// The whole of it in one line.
  func text(ledger: Ledger, seconds: Double, isComplete: Bool, troubles: [String]) -> String {
    func seqs(_ ranges: SeqRanges) -> JSONValue {
      .array(ranges.ranges.flatMap { $0.map { .number(String($0)) } })
    }
    let all = finals + (partial.map { [$0] } ?? [])
    var object = JSONObject()
    object.add(kind, name)
    object.add("sample_rate", format.sampleRate)
    object.add("channels", format.channels)
    object.add("encoding", format.encoding.rawValue)
    object.add("complete", isComplete)
    object.add("chunks", ledger.sentChunks)
    object.add("bytes", ledger.sentBytes)
    object.add("duration", seconds)
    object.add("answered", ledger.transcribedChunks)
    object.add("missing", seqs(ledger.missing))
    object.add("failed", seqs(ledger.failed))
    object.add("troubles", .array(troubles.map { .string($0) }))
    object.add(
      "text", all.compactMap { $0["transcription"]?.string }.filter { !$0.isEmpty }.joined(separator: "\n"))
    object.add("transcriptions", .array(all))
    object.add("receipt", receipt ?? .null)
    return object.text
  }
}
