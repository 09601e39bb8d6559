import Support
import Testing

@testable import SpeechClient

struct LedgerTests {
  private func ledger(sending count: Int, bytes: Int = 100) -> Ledger {
    var ledger = Ledger()
    for number in 1...count { #expect(ledger.send(bytes: bytes, at: .milliseconds(number * 100)) == number) }
    return ledger
  }

  @Test func `latency is measured from sending a chunk to its answer`() {
    var ledger = ledger(sending: 2)
    ledger.accept(seq: 1, chunkBytes: 100)
    #expect(ledger.transcribe(seq: 1, at: .milliseconds(107)) == .first(after: .milliseconds(7)))
    #expect(ledger.transcribe(seq: 2, at: .milliseconds(300)) == .first(after: .milliseconds(100)))
    #expect(ledger.acceptedChunks == 1)
    #expect(ledger.transcribedChunks == 2)
    #expect(ledger.openChunks == 0)
  }

  @Test func `a seq of any size is checked against those sent`() {
    var ledger = ledger(sending: 2)
    for seq in [Int.min, -1, 0, 3, Int.max] {
      ledger.accept(seq: seq, chunkBytes: 100)
      #expect(ledger.transcribe(seq: seq, at: .seconds(1)) == .unknown)
      #expect(ledger.fail(seq: seq, error: "lost", at: .seconds(1)) == .unknown)
    }
    #expect(ledger.contradictions.count == 15)
    #expect(ledger.openChunks == 2)
  }

  @Test func `a final text after an answer is no second answer`() {
    var ledger = ledger(sending: 1)
    #expect(ledger.transcribe(seq: 1, at: .seconds(1)) != .again)
    #expect(ledger.transcribe(seq: 1, at: .seconds(2)) == .again)
    #expect(ledger.transcribedChunks == 1)
    #expect(ledger.contradictions.count == 0)
  }

  @Test func `an overtaken chunk is missing until its answer arrives`() {
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

  @Test func `an error answers its chunk, and no earlier ones`() {
    var ledger = ledger(sending: 3)
    ledger.fail(seq: 3, error: "the worker was lost", at: .seconds(1))
    #expect(ledger.overtaken.isEmpty)
    #expect(ledger.openChunks == 2)
    #expect(ledger.firstError == "the worker was lost")
  }

  @Test func `answers to chunks that were never sent are contradictions`() {
    var ledger = Ledger()
    #expect(ledger.transcribe(seq: 1, at: .zero) == .unknown)
    ledger.send(bytes: 10, at: .zero)
    #expect(ledger.transcribe(seq: 0, at: .zero) == .unknown)
    #expect(ledger.transcribe(seq: 2, at: .zero) == .unknown)
    ledger.accept(seq: 5, chunkBytes: 10)
    ledger.accept(seq: 1, chunkBytes: 11)
    ledger.accept(seq: 1, chunkBytes: 10)
    #expect(ledger.contradictions.count == 6)
    #expect(ledger.contradictions.first == "it answered seq 1, which was not sent")
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

  @Test func `a resumed session keeps the chunks that the server has, and sends the rest again`() {
    var ledger = ledger(sending: 6)
    for seq in 1...3 { ledger.accept(seq: seq, chunkBytes: 100) }
    for seq in 1...2 { _ = ledger.transcribe(seq: seq, at: .seconds(1)) }
    #expect(ledger.answeredThrough == 2)
    let goesOn = ledger.resume(after: 4)
    #expect(goesOn)
    #expect((ledger.sentChunks, ledger.sentBytes, ledger.acceptedChunks, ledger.openChunks) == (4, 400, 4, 2))
    #expect(ledger.send(bytes: 100, at: .seconds(2)) == 5)
    for seq in 3...5 { #expect(ledger.transcribe(seq: seq, at: .seconds(3)) != .again) }
    #expect(ledger.transcribe(seq: 2, at: .seconds(3)) == .again)
    #expect(ledger.missing.isEmpty)
    #expect(ledger.contradictions.count == 0)
  }

  @Test func `a session is not resumed if the server has more than was sent or less than it answered`() {
    var ledger = ledger(sending: 100)
    for seq in 1...80 { _ = ledger.transcribe(seq: seq, at: .seconds(1)) }
    let before = ledger
    for seq in [-1, 0, 79, 101] {
      let goesOn = ledger.resume(after: seq)
      #expect(!goesOn)
    }
    #expect(ledger == before)
    let goesOn = ledger.resume(after: 80)
    #expect(goesOn)
    #expect(ledger.openChunks == 0)
  }

  @Test func `the answers to overtaken chunks are requested`() {
    var ledger = ledger(sending: 6)
    _ = ledger.transcribe(seq: 1, at: .seconds(1))
    _ = ledger.transcribe(seq: 4, at: .seconds(1))
    #expect(ledger.answeredThrough == 1)
    ledger.fail(seq: 2, error: "lost", at: .seconds(1))
    _ = ledger.transcribe(seq: 3, at: .seconds(1))
    #expect(ledger.answeredThrough == 4)
  }

  @Test func `a server may have lost what it had acknowledged or answered, as long as it was not settled`() {
    var ledger = ledger(sending: 6)
    for seq in 1...5 { ledger.accept(seq: seq, chunkBytes: 100) }
    for seq in 1...4 { _ = ledger.transcribe(seq: seq, at: .zero) }
    ledger.settle(through: 2)
    let goesTooFarBack = ledger.resume(after: 1)
    #expect(!goesTooFarBack)
    let goesOn = ledger.resume(after: 3)
    #expect(goesOn)
    #expect((ledger.sentChunks, ledger.acceptedChunks, ledger.transcribedChunks, ledger.openChunks) == (3, 3, 3, 0))
    #expect(ledger.contradictions.count == 0)
    #expect(ledger.send(bytes: 100, at: .zero) == 4)
    #expect(ledger.transcribe(seq: 4, at: .zero) == .first(after: .zero))
  }

  @Test func `a server settles no more than it has answered`() {
    var ledger = ledger(sending: 100)
    for seq in 1...50 { _ = ledger.transcribe(seq: seq, at: .zero) }
    ledger.settle(through: 1_000_000)
    #expect(ledger.keptEntries == 50)
    #expect(ledger.missing.count == 50)
    let goesOn = ledger.resume(after: 60)
    #expect(goesOn)
  }
}

struct SeqRangesTests {
  @Test func `neighbors are joined, and a removal splits`() {
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

  @Test(arguments: Seed.fresh) func `it equals a set, whatever the order`(_ seed: Seed) {
    var generator = seed.random
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
