internal import Audio
internal import Recognition

/// The newest messages of a resumable stream, encoded, for a client that returns after its connection broke.
final class EventLog {
  /// Each with its subject.
  private var messages = PieceRing<StreamEvent.Subject>()
  /// Messages about chunks and segments up to these are not all here.
  private var droppedSeq = 0
  private var droppedSegment = 0
  /// The newest chunk a message is about.
  private var newestSeq = 0
  /// Messages ever added.
  private(set) var count = 0

  init() {}

  var bytes: Int { messages.count + messages.pieces.count * Self.messageBytes }

  /// A message takes so much besides its text: its place in a queue that doubles.
  private static let messageBytes = 96

  func append(_ subject: StreamEvent.Subject, _ message: UnsafeRawBufferPointer) {
    count += 1
    var subject = subject
    switch subject {
    case .chunk(let seq): newestSeq = seq
    // It may come later than the answers to chunks after it, and a client has the messages up to some point.
    case .ending(let seq): subject = .ending(seq: max(seq, newestSeq))
    case .segment: break
    }
    messages.append(message, UnsafeRawBufferPointer(start: nil, count: 0), label: subject)
    while messages.count > StreamLimits.eventLogBytes, messages.pieces.count > 1 {
      switch messages.removeFirst() {
      // A long receipt displaces the rest of its ending: a client that has all answers still gets it.
      case .chunk(let seq), .ending(let seq): droppedSeq = max(droppedSeq, seq)
      case .segment(let number): droppedSegment = number
      }
    }
  }

  // MARK: State

  /// Writes what is true besides the messages.
  /// - Parameter kept: bytes of messages that are kept; older ones count as dropped.
  func write(to writer: inout StateWriter, keeping kept: Int) {
    let after = dropped(keeping: kept)
    writer.add(after.seq)
    writer.add(after.segment)
    writer.add(newestSeq)
  }

  /// Writes the newest messages: those after the first `number` ever added, at most `kept` bytes of them.
  func writeMessages(after number: Int, keeping kept: Int, to writer: inout StateWriter) {
    let held = messages.pieces.count
    for index in max(0, held - (count - number), dropped(keeping: kept).messages)..<held {
      writer.add(StateRecord.message.rawValue)
      writer.part { writer in
        writer.add(messages.pieces[index].label)
        messages.withPiece(index) { writer.add($0) }
      }
    }
  }

  /// What is dropped, and how many messages with it, where only the newest are kept.
  private func dropped(keeping kept: Int) -> (messages: Int, seq: Int, segment: Int) {
    var result = (messages: 0, seq: droppedSeq, segment: droppedSegment)
    var excess = messages.count - kept
    guard excess > 0 else { return result }
    for message in messages.pieces where excess > 0 {
      excess -= message.count
      result.messages += 1
      switch message.label {
      case .chunk(let seq), .ending(let seq): result.seq = max(result.seq, seq)
      case .segment(let number): result.segment = number
      }
    }
    return result
  }

  init(from reader: inout StateReader, messages: [ArraySlice<UInt8>]) throws(StateError) {
    let dropped = (seq: try reader.count(), segment: try reader.count())
    let newest = try reader.count()
    for message in messages {
      var reader = StateReader(message)
      let subject = try reader.subject()
      try reader.bytes().withUnsafeBytes { append(subject, $0) }
    }
    newestSeq = newest
    droppedSeq = max(droppedSeq, dropped.seq)
    droppedSegment = max(droppedSegment, dropped.segment)
  }

  /// Whether every message is here that a client lacks with those up to chunk `answered` and the final `segment`.
  func reaches(answered: Int, segment: Int) -> Bool { answered >= droppedSeq && segment >= droppedSegment }

  /// The messages such a client lacks, in order. It may have the one about an ending right after its last chunk.
  func visit(answered: Int, segment: Int, _ body: (UnsafeRawBufferPointer) -> Void) {
    messages.visit { subject, message in
      switch subject {
      case .chunk(let seq): if seq > answered { body(message) }
      case .ending(let seq): if seq >= answered { body(message) }
      case .segment(let number): if number > segment { body(message) }
      }
    }
  }
}

extension StateWriter {
  mutating func add(_ subject: StreamEvent.Subject) {
    switch subject {
    case .chunk(let seq):
      add(0)
      add(seq)
    case .ending(let seq):
      add(1)
      add(seq)
    case .segment(let number):
      add(2)
      add(number)
    }
  }
}

extension StateReader {
  mutating func subject() throws(StateError) -> StreamEvent.Subject {
    switch (try integer(), try count()) {
    case (0, let seq): .chunk(seq: seq)
    case (1, let seq): .ending(seq: seq)
    case (2, let number): .segment(number)
    default: throw StateError()
    }
  }
}

extension StreamEvent {
  /// Part of a stream that messages are about, so that a returning client gets only what it lacks.
  public enum Subject: Equatable, BitwiseCopyable {
    /// Chunk `seq` was answered.
    case chunk(seq: Int)
    /// A flush or stop after chunk `seq` was answered, in part.
    case ending(seq: Int)
    /// A segment became final.
    case segment(Int)
  }

  /// Nil where a returning client is sent nothing again.
  public var subject: Subject? {
    switch self {
    case .result(let measure, _): .chunk(seq: measure.seq)
    case .failed(let seq, _): .chunk(seq: seq)
    case .update(let update): update.isFinal ? .segment(update.segment.number) : nil
    case .flushed(let seq, _): .ending(seq: seq)
    case .receipt(let receipt): .ending(seq: receipt.totals.chunks)
    case .started, .resumed, .delayed, .notice, .accepted, .heard, .settled, .refused, .left, .closing: nil
    }
  }
}
