public import JSON

/// Words of a stream that were just recognized, sent without being asked for to clients that wanted updates.
public struct UpdateMessage: Equatable, Sendable {
  public var segment: Int
  /// Empty in a final: the segment is withdrawn, it was no speech.
  public var text: String
  /// How many of the first words will probably stay.
  public var stable: Int
  public var isFinal: Bool
  /// Seconds in the stream.
  public var start: Double
  public var end: Double
  public var language: String?
  /// Nil where they were not asked for.
  public var words: WordsMessage?
  /// Nil for clients that did not send `start`.
  public var settled: SettledMessage?

  public init(
    segment: Int, text: String, stable: Int, isFinal: Bool, start: Double, end: Double, language: String? = nil,
    words: WordsMessage? = nil, settled: SettledMessage? = nil
  ) {
    self.segment = segment
    self.text = text
    self.stable = stable
    self.isFinal = isFinal
    self.start = start
    self.end = end
    self.language = language
    self.words = words
    self.settled = settled
  }

  /// Adds the members in the contract's order.
  public func write(to object: inout JSONObject) {
    object.add("type", "update")
    object.add("segment", segment)
    object.add("transcription", text)
    object.add("stable", stable)
    object.add("final", isFinal)
    object.add("start", start)
    object.add("end", end)
    if let language { object.add("language", language) }
    if let words {
      object.add("words", .array(words.words.map(\.json)))
      object.add("word_times", words.source)
    }
    if let settled { settled.write(to: &object) }
  }
}
