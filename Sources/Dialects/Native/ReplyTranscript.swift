internal import Recognition
internal import Streams

/// The words that ride on replies to chunks, for clients that did not ask for updates: finals once, in order, then the
/// open utterance.
struct ReplyTranscript {
  /// What one reply says.
  struct Text: Equatable {
    var text: String
    var isFinal: Bool
    var segment: Int
    /// Segments that became final since the reply before.
    var finished: [Segment] = []
  }

  private var openSegment = 1
  private var openText = ""
  private var finished: [Segment] = []
  /// The newest segment that was withdrawn since the last reply.
  private var withdrawn: Int?
  /// The last final that was reported.
  private var last: Text?

  /// - Parameter isContinuous: whether utterances span chunks. If not, each chunk has its own text, and no segments are
  /// listed.
  mutating func take(_ update: TranscriptUpdate, isContinuous: Bool) {
    let segment = update.segment
    guard isContinuous else {
      last = Text(text: segment.text, isFinal: update.isFinal, segment: segment.number)
      return
    }
    guard update.isFinal else {
      (openSegment, openText) = (segment.number, segment.text)
      return
    }
    (openSegment, openText) = (segment.number + 1, "")
    if segment.text.isEmpty { withdrawn = segment.number } else { finished.append(segment) }
  }

  /// Takes the text of a chunk, for the reply to it.
  mutating func take(_ chunk: ChunkText) {
    last = Text(text: chunk.text, isFinal: true, segment: chunk.segment)
  }

  /// What the reply to a chunk says.
  mutating func reply(isContinuous: Bool) -> Text {
    guard isContinuous else { return last ?? Text(text: "", isFinal: true, segment: openSegment) }
    return takeFinals() ?? Text(text: openText, isFinal: false, segment: openSegment)
  }

  /// What the reply to a flush says, when everything is decoded: the last final, again if it was reported before.
  mutating func flush() -> Text {
    if let finals = takeFinals() { return finals }
    guard let last else { return Text(text: "", isFinal: true, segment: openSegment) }
    return Text(text: last.text, isFinal: true, segment: last.segment)
  }

  /// What a client that has closed was not told yet, when everything is decoded.
  mutating func rest() -> Text? { takeFinals() }

  private mutating func takeFinals() -> Text? {
    guard !finished.isEmpty || withdrawn != nil else { return nil }
    let newest = finished.last.map { ($0.number, $0.text) } ?? (0, "")
    let (segment, text) = withdrawn.map { $0 > newest.0 ? ($0, "") : newest } ?? newest
    let result = Text(text: text, isFinal: true, segment: segment, finished: finished)
    last = result
    finished.removeAll(keepingCapacity: true)
    withdrawn = nil
    return result
  }

  // MARK: State

  init() {}

  func write(to writer: inout StateWriter) {
    writer.add(openSegment)
    writer.add(openText)
    writer.add(finished) { $0.add($1) }
    writer.add(withdrawn) { $0.add($1) }
    writer.add(last) {
      $0.add($1.text)
      $0.add($1.isFinal)
      $0.add($1.segment)
    }
  }

  /// What the last reply had finished is not needed: only its text is repeated.
  init(from reader: inout StateReader) throws(StateError) {
    openSegment = try reader.count()
    openText = try reader.text()
    finished = try reader.array { reader throws(StateError) in try reader.segment() }
    withdrawn = try reader.optional { reader throws(StateError) in try reader.count() }
    last = try reader.optional { reader throws(StateError) in
      Text(text: try reader.text(), isFinal: try reader.flag(), segment: try reader.count())
    }
  }
}
