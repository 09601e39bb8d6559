internal import Recognition

/// A turn of the speaker: one utterance, or several where the speaker went on beyond the longest.
struct RealtimeItem: Equatable {
  let id: String
  let start: Double
  private(set) var end: Double
  /// The texts of its utterances that are final.
  private var texts: [String] = []
  /// The words of the open utterance that were sent.
  private var sent: [String] = []
  /// Whether anything was sent of it.
  private var hasSent = false
  /// A look contradicted the text that was sent: nothing more is sent before the whole text.
  private var isContradicted = false
  /// The client has cleared its audio: it is never told.
  var isCleared = false
  var isCommitted = false

  init(id: String, start: Double, end: Double) {
    self.id = id
    self.start = start
    self.end = end
  }

  var text: String { texts.joined(separator: " ") }

  /// The words that two looks agree on and were not sent, with what is between them; nil if there are none.
  mutating func delta(_ segment: Segment, stableWords: Int) -> String? {
    delta(segment.text.split(whereSeparator: \.isWhitespace).prefix(stableWords).map(String.init))
  }

  private mutating func delta(_ words: [String]) -> String? {
    guard !isContradicted else { return nil }
    guard words.starts(with: sent) else {
      // Fewer words that agree say nothing against those that were sent.
      isContradicted = !sent.starts(with: words)
      return nil
    }
    guard words.count > sent.count else { return nil }
    defer { (sent, hasSent) = (words, true) }
    return (hasSent ? " " : "") + words[sent.count...].joined(separator: " ")
  }

  /// An utterance of it is final.
  /// - Returns: if the speaker goes on, what was not sent of it.
  mutating func add(_ segment: Segment, goesOn: Bool) -> String? {
    end = max(end, segment.end)
    if !segment.text.isEmpty { texts.append(segment.text) }
    guard goesOn else { return nil }
    let rest = delta(segment.text.split(whereSeparator: \.isWhitespace).map(String.init))
    if segment.text.split(whereSeparator: \.isWhitespace).map(String.init) != sent { isContradicted = true }
    sent = []
    return rest
  }
}
