import Dialects
import Recognition
import Streams
import WorkerLink

/// A copy of a session as bytes: a state, and what has happened since. Written by a worker (see `Mirror`) or by the
/// server that has the session.
struct SessionImage {
  /// The client's number.
  let number: UInt64
  let stored: StoredStream
  /// Chunks that came after the state; each is the client's message.
  let messages: [(seq: Int, bytes: ArraySlice<UInt8>)]
  let replies: [WorkerReply]

  init(_ bytes: [UInt8]) throws(StateError) {
    var reader = StateReader(bytes[...])
    number = UInt64(truncatingIfNeeded: try reader.integer())
    var state = try reader.part()
    var stored = StoredStream()
    try stored.take(&state)
    let chunks = try reader.array { reader throws(StateError) in
      (seq: try reader.count(), isMessage: try reader.flag(), bytes: try reader.bytes())
    }
    // Of a chunk that came twice the later one counts.
    guard stored.supply(Dictionary(chunks.map { ($0.seq, $0.bytes) }) { $1 }) else { throw StateError() }
    self.stored = stored
    messages = chunks.filter(\.isMessage).map { ($0.seq, $0.bytes) }
    replies = Self.replies(try reader.array { reader throws(StateError) in try reader.bytes() })
  }

  private static func replies(_ frames: [ArraySlice<UInt8>]) -> [WorkerReply] {
    var reader = FrameReader()
    var replies: [WorkerReply] = []
    for frame in frames {
      guard frame.count <= FrameReader.readBytes else { return replies }
      frame.withUnsafeBytes { reader.room().copyMemory(from: $0) }
      reader.commit(frame.count)
      while let reply = try? reader.nextReply() { replies.append(reply) }
    }
    return replies
  }

  /// The copy of a session that is here, for another server.
  static func write(_ session: Session) -> [UInt8]? {
    var writer = StateWriter()
    writer.add(Int(truncatingIfNeeded: session.id))
    var cursor = StateCursor()
    var isWritten = false
    writer.part { isWritten = session.write(to: &$0, since: &cursor, for: .handover) }
    // No chunks and no replies besides.
    writer.add(0)
    writer.add(0)
    return isWritten ? writer.bytes : nil
  }

  /// The session of this name up to its last answer, without a connection.
  /// - Parameter budget: is told what it holds.
  func session(
    _ name: String, gateway: UInt64, until: Duration, now: Double, on owner: any SessionOwner,
    budget: inout MemoryBudget
  ) throws(StateError) -> Session {
    guard let name = SessionName(name) else { throw StateError() }
    let session = try Session(
      stored, named: name, id: StreamID(gateway: gateway, number: number), until: until, isSuspect: false, on: owner)
    for message in messages where message.seq == session.stream.account.totals.chunks + 1 {
      guard session.stream.account.phase == .open else { break }
      message.bytes.withUnsafeBytes { bytes in
        _ = session.stream.received(bytes, now: now, unreadBytes: 0, budget: &budget)
        session.extendDigest(by: bytes)
      }
    }
    for reply in replies where !isKnown(reply, to: session.stream) {
      reply.deliver(to: &session.stream).visit { if case .emit(let event) = $0 { session.emit(event) } }
    }
    return session
  }

  /// Whether the state has it already.
  func isKnown(_ reply: WorkerReply, to stream: borrowing StreamSession) -> Bool {
    switch reply {
    case .result(let result, _): result.seq <= stream.account.lastAnswered
    case .text(let result): result.seq <= stream.account.lastAnswered
    case .failed(_, let seq, .chunk, _): seq <= stream.account.lastAnswered
    case .updates(_, let progress, _):
      progress.checkpoint.map { $0.frame < stream.transcript.checkpoint?.frame ?? 0 } ?? false
    case .finished, .failed: false
    case .hello, .behind, .decoded, .image, .untaken, .fenced: true
    }
  }
}
