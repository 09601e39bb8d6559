import Recognition

@testable import Audio
@testable import Server
@testable import Streams

/// A batch of a journal that was damaged and still has its tag, as no disk does it: whatever it says, it is refused, or
/// the stream that is made of it adds up and goes on. The input is what is damaged: a place and a byte at a time.
func fuzzJournal(_ bytes: UnsafeRawBufferPointer) {
  var input = FuzzInput(bytes)
  var batch = JournalBatch.made
  while input.bytes.count >= 3 {
    let place = (Int(input.byte()) << 8 | Int(input.byte())) % batch.count
    batch[place] = UInt8(truncatingIfNeeded: input.byte())
  }
  if let cut = input.bytes.first { batch.removeLast(min(Int(cut), batch.count)) }
  var replay = JournalReplay()
  replay.beginFile()
  try? replay.take(batch: batch)
  for (id, stored) in replay.sessions {
    guard let state = stored.stream else { continue }
    do throws(StateError) {
      var session = try StreamSession(id: StreamID(gateway: 0, number: id), state, until: .seconds(60)) { _ in }
      requireSound(session)
      _ = session.arrived()
      _ = session.assigned(slot: 0, isReady: true)
      requireSound(session)
    } catch {}
  }
}

private func requireSound(_ session: borrowing StreamSession) {
  let totals = session.account.totals
  require(
    totals.chunks == totals.processed + totals.dropped + session.account.inFlightChunks, "The account does not add up.")
}

private enum JournalBatch {
  /// Of a stream with chunks in flight, a final and messages.
  static let made: [UInt8] = {
    var session = StreamSession(
      id: StreamID(gateway: 0, number: 1), request: StreamRequest(format: .standard, engine: "speech"),
      keepsSegments: true)
    var budget = MemoryBudget(limitBytes: 1 << 30)
    _ = session.start(session.account.request, keepsSegments: true, isResumable: true)
    for seq in 1...4 {
      [UInt8](repeating: UInt8(seq), count: 640).withUnsafeBytes {
        _ = session.received($0, now: 0, unreadBytes: 0, budget: &budget)
      }
    }
    _ = session.assigned(slot: 0, isReady: true)
    let segment = Segment(number: 1, start: 0, end: 0.02, text: "word")
    _ = session.answered(
      seq: 1, levels: Levels(), RecognitionProgress(checkpoint: Checkpoint(frame: 100)),
      [TranscriptUpdate(segment: segment, stableWords: 1, isFinal: true)])
    _ = session.flush()
    var batch = StateWriter()
    var cursor = StateCursor()
    JournalRecord.write(.all, 1, generation: 0, to: &batch) {
      _ = session.writeState(since: &cursor, to: &$0) { _ in }
    }
    return batch.bytes
  }()
}
