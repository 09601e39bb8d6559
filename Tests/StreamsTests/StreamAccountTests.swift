import Audio
import Recognition
import Testing

@testable import Streams

/// Chunks, answers and endings as they are counted.
struct StreamAccountTests {
  private func account() -> StreamAccount { StreamAccount(StreamRequest(format: .standard, engine: "mock")) }

  private func receive(_ bytes: [UInt8], in account: inout StreamAccount) -> StreamAccount.Intake {
    bytes.withUnsafeBytes { account.receive($0) }
  }

  private func receive(chunks: Int, in account: inout StreamAccount) {
    for _ in 0..<chunks { _ = receive([0, 0], in: &account) }
  }

  private func fail(_ seq: Int, in account: inout StreamAccount) -> Bool { account.failed(chunk(seq)) }

  /// One of those that `receive(chunks:)` makes.
  private func chunk(_ seq: Int) -> StreamChunk { StreamChunk(seq: seq, startFrame: seq - 1, frames: 1, bytes: 2) }

  @Test func `chunks are numbered from 1, and each begins where the one before ended`() {
    var account = account()
    for (seq, start) in [(1, 0), (2, 2), (3, 4)] {
      guard case .taken(let chunk, let placement) = receive([1, 2, 3, 4], in: &account) else {
        Issue.record("not taken")
        return
      }
      #expect(chunk == StreamChunk(seq: seq, startFrame: start, frames: 2, bytes: 4))
      #expect(placement.samples == 0..<4)
    }
    #expect(account.inFlightChunks == 3)
    #expect(account.inFlightBytes == 12)
    #expect(account.lastTaken == 3)
  }

  @Test func `every chunk is processed, dropped or in flight at any time`() {
    var account = account()
    receive(chunks: 5, in: &account)
    #expect(account.measured(chunk(1), levels: .loud) != nil)
    #expect(fail(2, in: &account))
    #expect((account.totals.processed, account.totals.dropped, account.inFlightChunks) == (1, 1, 3))
    #expect(account.abandon() == [.chunk(seq: 3), .chunk(seq: 4), .chunk(seq: 5)])
    #expect((account.totals.processed, account.totals.dropped, account.inFlightChunks) == (1, 4, 0))
    #expect(account.inFlightBytes == 0)
    #expect(account.levels == .loud)
  }

  @Test func `an answer that is not the next one is not taken`() {
    var account = account()
    receive(chunks: 1, in: &account)
    #expect(account.measured(chunk(2), levels: .loud) == nil)
    #expect(account.finished(seq: 1) == nil)
    #expect(account.measured(chunk(1), levels: .loud) != nil)
    #expect(account.measured(chunk(1), levels: .loud) == nil)
    #expect(!fail(1, in: &account))
  }

  @Test func `a flush waits for the chunks before it`() {
    var account = account()
    receive(chunks: 1, in: &account)
    let flush = account.append(.flush)
    #expect(flush == .decode(seq: 1))
    receive(chunks: 1, in: &account)
    #expect(account.finished(seq: 1) == nil)
    _ = account.measured(chunk(1), levels: .loud)
    #expect(account.finished(seq: 1)?.endings == [.flush])
    _ = account.measured(chunk(2), levels: .loud)
    #expect(!account.isAwaiting)
  }

  @Test func `chunks that arrive while a flush is finished may be answered before it`() {
    var account = account()
    receive(chunks: 1, in: &account)
    _ = account.append(.flush)
    _ = account.measured(chunk(1), levels: .loud)
    receive(chunks: 1, in: &account)
    _ = account.measured(chunk(2), levels: .loud)
    #expect(account.finished(seq: 2) == nil)
    #expect(account.endings(before: account.lastAnswered) == [1])
    #expect(account.isAwaiting)
    let finished = account.finished(seq: 1)
    #expect(finished?.endings == [.flush])
    #expect(finished?.last?.seq == 1)
    #expect(!account.isAwaiting)
  }

  @Test func `the chunks are known that a lost worker was sent and had not answered`() {
    var account = account()
    #expect(account.unanswered(upTo: 0) == nil)
    receive(chunks: 5, in: &account)
    _ = account.measured(chunk(1), levels: .loud)
    #expect(account.unanswered(upTo: 4) == 2...4)
    #expect((account.lastAnswered, account.lastTaken) == (1, 5))
    for seq in 2...4 { _ = account.measured(chunk(seq), levels: .loud) }
    #expect(account.unanswered(upTo: 4) == nil)
    _ = account.append(.flush)
    #expect((account.hasEnding(after: 4), account.hasEnding(after: 5)) == (false, true))
  }

  @Test func `without chunks an ending needs no worker`() {
    var account = account()
    let flush = account.append(.flush)
    let stop = account.append(.stop)
    #expect(flush == .done(seq: 0, last: nil) && stop == .done(seq: 0, last: nil))
    #expect(account.phase == .stopping)
  }

  @Test func `the worker decodes once for all endings after a chunk`() {
    var account = account()
    receive(chunks: 1, in: &account)
    let flushes = (0..<3).map { _ in account.append(.flush) }
    #expect(flushes == [.decode(seq: 1), .asked, .asked])
    _ = account.measured(chunk(1), levels: .loud)
    let finished = account.finished(seq: 1)
    #expect(finished?.endings == [.flush, .flush, .flush] && finished?.last?.seq == 1)
    let again = account.append(.flush)
    #expect(again == .done(seq: 1, last: finished?.last))
    receive(chunks: 1, in: &account)
    let stop = account.append(.stop)
    #expect(stop == .decode(seq: 2))
  }

  @Test func `endings count like chunks where as much is awaited as may be`() {
    var account = account()
    receive(chunks: StreamLimits.inFlightChunks / 2, in: &account)
    for _ in 1..<StreamLimits.inFlightChunks / 2 { _ = account.append(.flush) }
    #expect(!account.isFull)
    _ = account.append(.flush)
    #expect(account.isFull && !account.hasRoom)
  }

  @Test func `an ending that no worker will finish keeps its place`() {
    var account = account()
    receive(chunks: 1, in: &account)
    _ = account.append(.flush)
    receive(chunks: 1, in: &account)
    #expect(account.abandon() == [.chunk(seq: 1), .ending(.flush, seq: 1), .chunk(seq: 2)])
  }

  @Test func `a client is full at the limit, and has room at half of it`() {
    var account = account()
    while !account.isFull { _ = receive([0, 0], in: &account) }
    #expect(account.inFlightChunks == StreamLimits.inFlightChunks)
    var seq = 0
    while !account.hasRoom {
      seq += 1
      _ = account.measured(chunk(seq), levels: .loud)
    }
    #expect(account.inFlightChunks == StreamLimits.inFlightChunks / 2)
  }

  @Test func `at the end what is in flight is dropped`() {
    var account = account()
    receive(chunks: 1, in: &account)
    account.end(.goingAway)
    #expect(account.phase == .ended(.goingAway))
    #expect(account.hasEnded && !account.isComplete)
    #expect((account.totals.chunks, account.totals.dropped, account.inFlightChunks) == (1, 1, 0))
  }
}
