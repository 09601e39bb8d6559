internal import Audio
internal import Recognition

/// The newest messages of a resumable stream, encoded, for a client that returns after its connection broke.
struct EventLog: ~Copyable {
  private var subjects = Deque<Subject>()
  private var messages = PieceRing()
  /// Messages about chunks and segments up to these are not all here.
  private var droppedSeq = 0
  private var droppedSegment = 0
  /// The newest chunk a message is about.
  private var newestSeq = 0

  /// What a message is about, so that a client gets only what it lacks.
  enum Subject: Equatable {
    /// Chunk `seq` was answered.
    case chunk(seq: Int)
    /// A flush or stop after chunk `seq` was answered, in part.
    case ending(seq: Int)
    /// A segment became final.
    case segment(Int)
  }

  var bytes: Int { messages.count }

  mutating func append(_ subject: Subject, _ message: UnsafeRawBufferPointer) {
    switch subject {
    case .chunk(let seq):
      newestSeq = seq
      subjects.append(subject)
    // It may come later than the answers to chunks after it, and a client has the messages up to some point.
    case .ending(let seq): subjects.append(.ending(seq: max(seq, newestSeq)))
    case .segment: subjects.append(subject)
    }
    messages.append(message, UnsafeRawBufferPointer(start: nil, count: 0))
    while messages.count > StreamLimits.eventLogBytes, subjects.count > 1, let oldest = subjects.popFirst() {
      messages.removeFirst()
      switch oldest {
      // A long receipt displaces the rest of its ending: a client that has all answers still gets it.
      case .chunk(let seq), .ending(let seq): droppedSeq = max(droppedSeq, seq)
      case .segment(let number): droppedSegment = number
      }
    }
  }

  /// Whether every message is here that a client lacks with those up to chunk `answered` and the final `segment`.
  func reaches(answered: Int, segment: Int) -> Bool { answered >= droppedSeq && segment >= droppedSegment }

  /// The messages such a client lacks, in order. It may have the one about an ending right after its last chunk.
  func visit(answered: Int, segment: Int, _ body: (UnsafeRawBufferPointer) -> Void) {
    var remaining = subjects[...]
    messages.visit { message in
      switch remaining.popFirst() {
      case .chunk(let seq)?: if seq > answered { body(message) }
      case .ending(let seq)?: if seq >= answered { body(message) }
      case .segment(let number)?: if number > segment { body(message) }
      case nil: preconditionFailure("Every message in the log has a subject.")
      }
    }
  }
}

extension StreamEvent {
  /// What a returning client is sent again, nil for the rest.
  var subject: EventLog.Subject? {
    switch self {
    case .result(let measure, _): .chunk(seq: measure.seq)
    case .failed(let seq, _): .chunk(seq: seq)
    case .update(let update): update.isFinal ? .segment(update.segment.number) : nil
    case .flushed(let seq, _): .ending(seq: seq)
    case .receipt(let receipt): .ending(seq: receipt.totals.chunks)
    case .started, .resumed, .accepted, .settled, .refused, .left, .closing: nil
    }
  }
}
