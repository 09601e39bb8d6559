internal import Recognition
internal import Streams

/// The utterances of a stream, each told once and in order, whatever a replacement worker repeats.
struct UtteranceTracker {
  enum Event: Equatable {
    /// `isContinued`: the one before was cut, and the speaker goes on.
    case began(Segment, isContinued: Bool)
    /// `stableWords`: how many of its first words will probably stay.
    case partial(Segment, stableWords: Int)
    /// Its text is not known yet.
    case over(Segment, TranscriptUpdate.Ending)
    /// Without text: nothing was said.
    case final(Segment, TranscriptUpdate.Ending)
  }

  /// The newest utterances that have begun, are over, and have their text.
  private var begun = 0
  private var over = 0
  private var final = 0
  /// Why the newest one that is over ended.
  private var lastEnding = TranscriptUpdate.Ending.silence

  /// Whether an utterance has begun whose text is not final.
  var isOpen: Bool { begun > final }

  mutating func take(_ update: TranscriptUpdate) -> [Event] {
    let segment = update.segment
    guard segment.number > final else { return [] }
    var events: [Event] = []
    if segment.number > begun {
      begun = segment.number
      events.append(.began(segment, isContinued: lastEnding == .length))
    }
    let ending = update.ending ?? .silence
    if update.isFinal || update.ending != nil, segment.number > over {
      over = segment.number
      lastEnding = ending
      events.append(.over(segment, ending))
    }
    if update.isFinal {
      final = segment.number
      events.append(.final(segment, ending))
    } else if update.ending == nil, !segment.text.isEmpty {
      events.append(.partial(segment, stableWords: update.stableWords))
    }
    return events
  }

  /// The text of a chunk is an utterance of its own.
  mutating func take(_ chunk: ChunkText, of measure: ChunkMeasure) -> [Event] {
    take(TranscriptUpdate(segment: Segment(chunk, of: measure), stableWords: 0, isFinal: true, ending: .silence))
  }
}

extension Segment {
  init(_ chunk: ChunkText, of measure: ChunkMeasure) {
    // Rounded, so that one does not end behind the begin of the next.
    func milliseconds(_ seconds: Double) -> Double { (seconds * 1000).rounded() / 1000 }
    self.init(
      number: chunk.segment, start: milliseconds(measure.start), end: milliseconds(measure.start + measure.duration),
      text: chunk.text)
  }
}
