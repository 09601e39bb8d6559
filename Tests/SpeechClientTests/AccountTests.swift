import Contract
import Testing

@testable import SpeechClient

struct AccountTests {
  /// A recording in delivery, chunks of 3200 bytes.
  private struct Way {
    var account = Account()
    var ledger = Ledger()
    var spool: Spool

    init(memoryBytes: Int = 1 << 20) { spool = Spool(chunkBytes: 3200, memoryBytes: memoryBytes, fileBytes: 0) }

    mutating func record(_ count: Int) {
      for _ in 0..<count { spool.append([UInt8](repeating: 0, count: 3200)) }
    }

    mutating func send(_ count: Int, accepted: Bool = true) {
      for _ in 0..<count {
        guard let chunk = spool.send(as: ledger.sentChunks + 1) else { return }
        ledger.send(bytes: chunk.bytes.count, at: .zero)
        if accepted { ledger.accept(seq: ledger.sentChunks, chunkBytes: 3200) }
      }
    }

    mutating func answer(_ seqs: some Sequence<Int>, error: String? = nil) {
      for seq in seqs {
        guard let chunk = spool.answered(seq: seq) else { continue }
        if let error {
          ledger.fail(seq: seq, error: error, at: .zero)
          account.fail(number: chunk.number, bytes: chunk.bytes, error: error)
        } else {
          _ = ledger.transcribe(seq: seq, at: .zero)
          account.transcribe(bytes: chunk.bytes)
        }
      }
    }

    mutating func loseSession() {
      spool.takeBack(after: 0)
      account.lose(ledger)
      ledger = Ledger()
    }

    func verdict(_ receipt: Receipt?) -> Verdict {
      account.verdict(spool: spool, ledger: ledger, receipt: receipt, seconds: Double(ledger.sentBytes) / 32_000)
    }
  }

  private func receipt(chunks: Int, bytes: Int, duration: Double, processed: Int, dropped: Int = 0) -> Receipt {
    Receipt(
      clientID: 1, chunks: chunks, bytes: bytes, duration: duration, rms: 0.1, peak: 0.5, clipped: 0, sha256: "",
      processed: processed, dropped: dropped, replayed: 0)
  }

  private func receipt(chunks: Int) -> Receipt {
    receipt(chunks: chunks, bytes: chunks * 3200, duration: Double(chunks) / 10, processed: chunks)
  }

  @Test func `a complete recording has a verdict of two lines`() {
    var way = Way()
    way.record(3)
    way.send(3)
    way.answer(1...3)
    let verdict = way.verdict(receipt(chunks: 3))
    #expect(verdict.isComplete)
    #expect(
      verdict.lines == [
        "all 3 chunks answered", "the server's receipt agrees: chunks 3, bytes 9600, duration 0.300 s",
      ])
  }

  @Test func `the verdict lists missing chunks by number`() {
    var way = Way()
    way.record(11)
    way.send(4)
    way.send(5, accepted: false)
    way.answer([1, 2, 4, 6])
    way.answer([7], error: "worker lost")
    let verdict = way.verdict(nil)
    #expect(!verdict.isComplete)
    #expect(
      verdict.lines == [
        "4 of 11 chunks answered", "4 without an answer: seq 3, 5, 8–9", "2 not sent: seq 10–11",
        "1 refused: seq 7 (worker lost)", "5 never acknowledged", "the server sent no receipt",
      ])
  }

  @Test func `differences to the receipt are listed figure by figure`() {
    var way = Way()
    way.record(2)
    way.send(2)
    way.answer(1...2)
    let verdict = way.verdict(receipt(chunks: 1, bytes: 3200, duration: 0.1, processed: 1))
    #expect(!verdict.isComplete)
    #expect(
      verdict.lines.last == "the server's receipt differs: chunks 1, sent 2; bytes 3200, sent 6400; "
        + "duration 0.100000 s, sent 0.200000 s; transcribed 1, received 2")
  }

  @Test func `an empty session is complete if the server agrees`() {
    let verdict = Way().verdict(receipt(chunks: 0))
    #expect(verdict.isComplete)
    #expect(verdict.lines.first == "nothing was sent")
  }

  @Test func `two sessions add up, by the chunks' numbers in the recording`() {
    var way = Way()
    way.record(10)
    way.send(8)
    way.answer(1...5)
    way.account.connectionBroke()
    way.loseSession()
    #expect(way.spool.waiting == SeqRanges(6...10))
    way.send(5)
    way.answer(1...4)
    #expect(way.verdict(nil).lines[1] == "1 without an answer: seq 10")
    way.answer([5])
    let verdict = way.verdict(receipt(chunks: 5))
    #expect(verdict.isComplete)
    #expect(
      verdict.lines == [
        "all 10 chunks answered, though the connection broke once; 5 of them in earlier sessions",
        "the server's receipt agrees: chunks 5, bytes 16000, duration 0.500 s",
      ])
  }

  @Test func `an error in a lost session counts for the recording`() {
    var way = Way()
    way.record(4)
    way.send(3)
    way.answer([1])
    way.answer([3], error: "no worker")
    way.loseSession()
    way.send(2)
    way.answer(1...2)
    let verdict = way.verdict(receipt(chunks: 2))
    #expect(!verdict.isComplete)
    #expect(verdict.lines[0] == "3 of 4 chunks answered")
    #expect(verdict.lines[1] == "1 refused: seq 3 (no worker)")
  }

  @Test func `dropped chunks are named`() {
    var way = Way(memoryBytes: 3 * 3200)
    way.record(2)
    way.send(2)
    way.record(3)
    way.answer(1...2)
    way.send(1)
    way.answer([3])
    #expect(
      way.verdict(receipt(chunks: 3)).lines
        == [
          "3 of 5 chunks answered", "2 dropped unsent: seq 3–4",
          "the server's receipt agrees: chunks 3, bytes 9600, duration 0.300 s",
        ])
  }
}
