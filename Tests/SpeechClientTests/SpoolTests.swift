import Support
import Testing

@testable import SpeechClient

struct SpoolTests {
  private func chunk(_ number: Int, bytes: Int = 10) -> [UInt8] {
    [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: bytes)
  }

  private func spool(_ count: Int, memory: Int = 1000, file: Int = 0, chunks: Int = 1000, folder: String? = nil)
    -> Spool
  {
    var spool = Spool(chunkBytes: 10, memoryBytes: memory, fileBytes: file, chunkLimit: chunks, folder: folder)
    for number in 1...count { spool.append(chunk(number)) }
    return spool
  }

  private func send(_ spool: inout Spool, from seq: Int = 1) -> [Int] {
    var numbers: [Int] = []
    while let sent = spool.send(as: seq + numbers.count) {
      #expect(sent.bytes == chunk(sent.number))
      #expect(sent.offset == (sent.number - 1) * 10)
      numbers.append(sent.number)
    }
    return numbers
  }

  @Test func `chunks are sent in order and kept until they are answered`() {
    var spool = spool(5)
    #expect(send(&spool) == [1, 2, 3, 4, 5])
    #expect((spool.keptBytes, spool.unsentBytes, spool.hasUnsent) == (50, 0, false))
    let (first, third, again) = (spool.answered(seq: 1), spool.answered(seq: 3), spool.answered(seq: 3))
    #expect((first?.number, third?.number, again?.number) == (1, 3, nil))
    #expect(spool.open == SeqRanges([2, 4, 5]))
    #expect(spool.firstOffset == 10)
    #expect(spool.keptBytes == 30)
  }

  @Test func `chunks that did not arrive are sent again, in another session with new seqs`() {
    var spool = spool(6)
    _ = send(&spool)
    _ = spool.answered(seq: 1)
    spool.takeBack(after: 4)
    #expect((spool.open, spool.waiting) == (SeqRanges(2...4), SeqRanges(5...6)))
    #expect(spool.unsentBytes == 20)
    spool.append(chunk(7))
    #expect(send(&spool, from: 5) == [5, 6, 7])
    _ = spool.answered(seq: 3)
    spool.takeBack(after: 0)
    #expect(send(&spool) == [2, 4, 5, 6, 7])
    let second = spool.answered(seq: 2)
    #expect(second?.number == 4)
  }

  @Test func `answered chunks are kept until they are settled, and sent again in another session`() {
    var spool = spool(6)
    _ = send(&spool)
    for seq in 1...4 { _ = spool.answered(seq: seq, keeps: true) }
    let again = spool.answered(seq: 4, keeps: true)
    #expect(again == nil)
    #expect((spool.keptBytes, spool.answeredBytes, spool.open) == (20, 40, SeqRanges(5...6)))
    spool.settle(through: 2)
    #expect((spool.answeredBytes, spool.firstOffset, spool.firstOpenOffset, spool.firstSeq) == (20, 20, 40, 3))
    #expect(spool.takeBack(after: 0).map(\.number) == [3, 4])
    #expect((spool.keptBytes, spool.unsentBytes, spool.answeredBytes) == (40, 40, 0))
    var resent: [Bool] = []
    while let chunk = spool.send(as: resent.count + 1) { resent.append(chunk.isResent) }
    #expect(resent == [true, true, false, false])
  }

  @Test func `answered chunks are the first to go when there is no room`() {
    var spool = spool(4, memory: 40)
    _ = send(&spool)
    for seq in 1...4 { _ = spool.answered(seq: seq, keeps: true) }
    #expect(spool.hasRoom(bytes: 10))
    for number in 5...8 { spool.append(chunk(number)) }
    #expect((spool.answeredBytes, spool.keptBytes, spool.dropped.isEmpty) == (0, 40, true))
    #expect(!spool.hasRoom(bytes: 10))
    var limited = Spool(chunkBytes: 10, memoryBytes: 1000, fileBytes: 0, answeredLimit: 25)
    for number in 1...5 { limited.append(chunk(number)) }
    _ = send(&limited)
    for seq in 1...5 { _ = limited.answered(seq: seq, keeps: true) }
    #expect((limited.answeredBytes, limited.firstSeq) == (20, 4))
  }

  @Test func `chunks that exceed the memory are kept on disk, unchanged and in order`() throws {
    let folder = try TemporaryFolder()
    var spool = spool(50, memory: 40, file: 1000, folder: folder.path)
    #expect(spool.keptBytes == 500)
    #expect(spool.dropped.isEmpty)
    #expect(send(&spool) == Array(1...50))
    for seq in 1...50 { _ = spool.answered(seq: seq) }
    #expect(spool.keptBytes == 0)
    // All memory is free again.
    for number in 51...154 { spool.append(chunk(number)) }
    #expect(spool.dropped.isEmpty)
    #expect(!spool.hasRoom(bytes: 10))
    #expect(send(&spool, from: 51) == Array(51...154))
    #expect(spool.failure == nil)
  }

  @Test(arguments: Seed.fresh)
  func `slots on disk are reused, in whatever order they are freed`(_ seed: Seed) throws {
    let folder = try TemporaryFolder()
    var spool = Spool(chunkBytes: 10, memoryBytes: 20, fileBytes: 50, folder: folder.path)
    var generator = seed.random
    var open: [Int] = []
    for number in 1...2000 {
      spool.append(chunk(number))
      let sent = spool.send(as: number)
      #expect(sent?.bytes == chunk(number))
      open.append(number)
      while open.count > Int.random(in: 0...6, using: &generator) {
        let seq = open.remove(at: Int.random(in: open.indices, using: &generator))
        #expect(spool.answered(seq: seq)?.number == seq)
      }
    }
    #expect(spool.dropped.isEmpty)
  }

  @Test func `above the limit the oldest unsent chunk is dropped, never a sent one`() {
    var spool = spool(4, memory: 50)
    let sent = [spool.send(as: 1)?.number, spool.send(as: 2)?.number]
    #expect(sent == [1, 2])
    for number in 5...9 { spool.append(chunk(number)) }
    #expect(spool.dropped == SeqRanges(3...6))
    #expect(spool.droppedBytes == 40)
    #expect(send(&spool, from: 3) == [7, 8, 9])
    #expect(spool.open == SeqRanges([1, 2, 7, 8, 9]))
    // There is nothing else to drop but the newest chunk itself.
    spool.append(chunk(10))
    #expect(spool.dropped == SeqRanges([3, 4, 5, 6, 10]))
    #expect((spool.chunks, spool.bytes) == (10, 100))
  }

  @Test func `the number of chunks is limited, too, and one chunk always fits`() {
    #expect(spool(12, chunks: 5).dropped == SeqRanges(1...7))
    var one = Spool(chunkBytes: 100, memoryBytes: 10, fileBytes: 0)
    #expect(one.hasRoom(bytes: 100))
    one.append(chunk(1, bytes: 100))
    #expect(!one.hasRoom(bytes: 1))
    #expect(one.dropped.isEmpty)
  }

  @Test func `a disk that cannot be written is reported, and memory is still used`() throws {
    let spool = spool(9, memory: 40, file: 1000, folder: "/nowhere/at/all")
    #expect(spool.failure == "/nowhere/at/all: No such file or directory")
    #expect(spool.dropped == SeqRanges(1...5))
    #expect(!spool.hasRoom(bytes: 10))
  }

  @Test func `a long recording that is answered in order keeps nothing of its past`() {
    var spool = Spool(chunkBytes: 10, fileBytes: 0)
    for number in 1...100_000 {
      spool.append(chunk(number))
      _ = spool.send(as: number)
      _ = spool.answered(seq: number)
    }
    #expect(spool.keptBytes == 0)
    #expect(spool.open.isEmpty)
  }
}
