/// Decides which texts of a session are new: a partial replaces the previous one of its segment, a final text ends it.
///
/// Texts arrive in the replies to chunks or, if the server pushes them, in updates. Both feed the same state, so a text
/// that is repeated after a reconnection is shown once.
struct Transcript: Equatable {
  /// The text that may still change. Empty if there is none.
  private(set) var partial = ""
  /// Words at its beginning that will not change.
  private(set) var stableWords = 0
  /// The last text that became final. Empty if there is none.
  private(set) var lastFinal = ""
  /// The last segment that is final.
  private(set) var lastSegment = 0
  private var partialSegment = 0
  /// The text of the last final reply, which is repeated when the stream ends.
  private var repeatable = ""

  init() {}

  enum Change: Equatable {
    /// New final lines. The partial is gone unless it belongs to a later segment.
    case finals([Caption])
    /// The partial has changed, possibly to an empty text.
    case partial
    /// Known already, or nothing was said.
    case nothing
  }

  mutating func take(_ update: Reply.Update) -> Change {
    let segment = update.segment
    guard segment.number > lastSegment else { return .nothing }
    guard update.isFinal else { return show(segment.text, of: segment.number, stableWords: update.stableWords) }
    lastSegment = segment.number
    let hadPartial = clearPartial()
    guard !segment.text.isEmpty else { return hadPartial ? .partial : .nothing }
    lastFinal = segment.text
    return .finals([Caption(segment)])
  }

  mutating func take(_ reply: Reply.Text) -> Change {
    guard reply.isFinal else {
      return reply.segment > lastSegment ? show(reply.text, of: reply.segment) : .nothing
    }
    let captions = reply.segments.isEmpty ? finalOfChunk(reply).map { [$0] } ?? [] : utterances(reply.segments)
    guard !captions.isEmpty || reply.segment > lastSegment || reply.text.isEmpty else { return .nothing }
    lastSegment = max(lastSegment, reply.segment)
    let hadPartial = clearPartial()
    guard let last = captions.last else { return hadPartial ? .partial : .nothing }
    lastFinal = last.text
    repeatable = reply.text
    return .finals(captions)
  }

  private mutating func show(_ text: String, of segment: Int, stableWords: Int = 0) -> Change {
    guard segment >= partialSegment, text != partial || stableWords != self.stableWords else { return .nothing }
    partial = text
    self.stableWords = stableWords
    partialSegment = segment
    return .partial
  }

  /// Removes the partial unless it belongs to a segment that is not final yet.
  private mutating func clearPartial() -> Bool {
    guard partialSegment <= lastSegment, !partial.isEmpty else { return false }
    partial = ""
    return true
  }

  private mutating func utterances(_ segments: [Reply.Segment]) -> [Caption] {
    var captions: [Caption] = []
    for segment in segments where segment.number > lastSegment {
      lastSegment = segment.number
      if !segment.text.isEmpty { captions.append(Caption(segment)) }
    }
    return captions
  }

  private func finalOfChunk(_ reply: Reply.Text) -> Caption? {
    // When a stream ends, the last text is repeated, as final as it was.
    guard !reply.text.isEmpty, reply.segment > lastSegment || reply.text != repeatable else { return nil }
    let end = reply.start.flatMap { start in reply.duration.map { start + $0 } }
    return Caption(text: reply.text, start: reply.start, end: end)
  }
}

extension Caption {
  fileprivate init(_ segment: Reply.Segment) {
    self.init(
      text: segment.text, start: segment.start, end: segment.end, isUtterance: true, language: segment.language,
      words: segment.words)
  }
}
