import Testing
import Wire

@testable import Client

struct LedgerTests {
  private func receipt(chunks: Int, bytes: Int, duration: Double, processed: Int, dropped: Int = 0) -> Receipt {
    Receipt(
      clientID: 1, chunks: chunks, bytes: bytes, duration: duration, rms: 0.1, peak: 0.5, clipped: 0, sha256: "",
      processed: processed, dropped: dropped, replayed: 0)
  }

  private func ledger(sending count: Int, bytes: Int = 100) -> Ledger {
    var ledger = Ledger()
    for number in 1...count { #expect(ledger.send(bytes: bytes, at: .milliseconds(number * 100)) == number) }
    return ledger
  }

  @Test func `an answer takes from the sending of its chunk to its own coming`() {
    var ledger = ledger(sending: 2)
    ledger.accept(seq: 1, chunkBytes: 100)
    #expect(ledger.transcribe(seq: 1, at: .milliseconds(107)) == .first(after: .milliseconds(7)))
    #expect(ledger.transcribe(seq: 2, at: .milliseconds(300)) == .first(after: .milliseconds(100)))
    #expect(ledger.acceptedChunks == 1)
    #expect(ledger.transcribedChunks == 2)
    #expect(ledger.openChunks == 0)
  }

  @Test func `a final text after its answer is no second answer`() {
    var ledger = ledger(sending: 1)
    #expect(ledger.transcribe(seq: 1, at: .seconds(1)) != .again)
    #expect(ledger.transcribe(seq: 1, at: .seconds(2)) == .again)
    #expect(ledger.transcribedChunks == 1)
    #expect(ledger.contradictions == 0)
  }

  @Test func `what was overtaken is missing until it comes after all`() {
    var ledger = ledger(sending: 6)
    _ = ledger.transcribe(seq: 4, at: .seconds(1))
    #expect(ledger.overtaken == SeqRanges([1, 2, 3]))
    #expect(ledger.missing == SeqRanges([1, 2, 3, 5, 6]))
    #expect(ledger.openChunks == 2)
    #expect(ledger.transcribe(seq: 2, at: .seconds(1)) == .late)
    #expect(ledger.missing == SeqRanges([1, 3, 5, 6]))
    #expect(ledger.transcribedChunks == 2)
    ledger.fail(seq: 3, error: "lost", at: .seconds(1))
    #expect(ledger.missing == SeqRanges([1, 5, 6]))
    #expect(ledger.failed == SeqRanges([3]))
  }

  @Test func `an error for a chunk settles it, and says nothing of those before`() {
    var ledger = ledger(sending: 3)
    ledger.fail(seq: 3, error: "the worker was lost", at: .seconds(1))
    #expect(ledger.overtaken.isEmpty)
    #expect(ledger.openChunks == 2)
    #expect(ledger.firstError == "the worker was lost")
  }

  @Test func `answers to what was never sent are contradictions`() {
    var ledger = Ledger()
    #expect(ledger.transcribe(seq: 1, at: .zero) == .unknown)
    ledger.send(bytes: 10, at: .zero)
    #expect(ledger.transcribe(seq: 0, at: .zero) == .unknown)
    #expect(ledger.transcribe(seq: 2, at: .zero) == .unknown)
    ledger.accept(seq: 5, chunkBytes: 10)
    ledger.accept(seq: 1, chunkBytes: 11)
    ledger.accept(seq: 1, chunkBytes: 10)
    #expect(ledger.contradictions == 6)
    #expect(ledger.firstContradiction == "it answered seq 1, which was not sent")
  }

  @Test func `a long session answered in order keeps nothing of its past`() {
    var ledger = Ledger()
    for seq in 1...100_000 {
      ledger.send(bytes: 3200, at: .milliseconds(seq))
      ledger.accept(seq: seq, chunkBytes: 3200)
      #expect(ledger.transcribe(seq: seq, at: .milliseconds(seq + 1)) == .first(after: .milliseconds(1)))
    }
    #expect(ledger.missing.isEmpty)
    #expect(MemoryLayout.size(ofValue: ledger) < 300)
    #expect(ledger.keptEntries <= 64)
  }

  @Test func `when everything agrees the verdict says so in two lines`() {
    var ledger = ledger(sending: 3, bytes: 3200)
    for seq in 1...3 {
      ledger.accept(seq: seq, chunkBytes: 3200)
      _ = ledger.transcribe(seq: seq, at: .seconds(1))
    }
    let verdict = ledger.verdict(receipt: receipt(chunks: 3, bytes: 9600, duration: 0.3, processed: 3), seconds: 0.3)
    #expect(verdict.isComplete)
    #expect(
      verdict.lines == [
        "all 3 chunks answered", "the server's receipt agrees: chunks 3, bytes 9600, duration 0.300 s",
      ])
  }

  @Test func `the verdict names what is missing by number`() {
    var ledger = ledger(sending: 9)
    for seq in [1, 2, 4, 6] {
      ledger.accept(seq: seq, chunkBytes: 100)
      _ = ledger.transcribe(seq: seq, at: .seconds(1))
    }
    ledger.fail(seq: 7, error: "worker lost", at: .seconds(1))
    let verdict = ledger.verdict(receipt: nil, seconds: 0.9)
    #expect(!verdict.isComplete)
    #expect(
      verdict.lines == [
        "4 of 9 chunks answered", "4 without an answer: seq 3, 5, 8–9", "1 refused: seq 7 (worker lost)",
        "5 never acknowledged", "the server sent no receipt",
      ])
  }

  @Test func `a receipt that differs is told figure by figure`() {
    var ledger = ledger(sending: 2, bytes: 3200)
    for seq in 1...2 {
      ledger.accept(seq: seq, chunkBytes: 3200)
      _ = ledger.transcribe(seq: seq, at: .seconds(1))
    }
    let verdict = ledger.verdict(receipt: receipt(chunks: 1, bytes: 3200, duration: 0.1, processed: 1), seconds: 0.2)
    #expect(!verdict.isComplete)
    #expect(
      verdict.lines.last == "the server's receipt differs: chunks 1, sent 2; bytes 3200, sent 6400; "
        + "duration 0.100000 s, sent 0.200000 s; transcribed 1, received 2")
  }

  @Test func `a session in which nothing was sent is complete when the server agrees`() {
    let verdict = Ledger().verdict(receipt: receipt(chunks: 0, bytes: 0, duration: 0, processed: 0), seconds: 0)
    #expect(verdict.isComplete)
    #expect(verdict.lines.first == "nothing was sent")
  }
}

struct SeqRangesTests {
  @Test func `neighbours join and a removal splits`() {
    var ranges = SeqRanges()
    for seq in [5, 1, 3, 2, 9, 5] { ranges.insert(seq) }
    #expect(ranges.ranges == [1...3, 5...5, 9...9])
    ranges.insert(4)
    #expect(ranges.ranges == [1...5, 9...9])
    let removals = [ranges.remove(3), ranges.remove(3)]
    #expect(removals == [true, false])
    #expect(ranges.ranges == [1...2, 4...5, 9...9])
    for seq in [9, 1, 5] { _ = ranges.remove(seq) }
    #expect(ranges.ranges == [2...2, 4...4])
    #expect(ranges.count == 2)
  }

  @Test func `it holds what a set holds, whatever the order`() {
    var generator = SystemRandomNumberGenerator()
    var set: Set<Int> = []
    var ranges = SeqRanges()
    for _ in 0..<3000 {
      let seq = Int.random(in: 1...60, using: &generator)
      if Bool.random(using: &generator) {
        set.insert(seq)
        ranges.insert(seq)
      } else {
        let wasThere = ranges.remove(seq)
        #expect(wasThere == (set.remove(seq) != nil))
      }
      #expect(ranges.ranges.flatMap(Array.init) == set.sorted())
    }
  }

  @Test func `a long list is cut for reading`() {
    let odd = SeqRanges(stride(from: 1, through: 99, by: 2))
    #expect(odd.description == "1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23 and 38 more")
    #expect(SeqRanges(1...1000).description == "1–1000")
  }
}
