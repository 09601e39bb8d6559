import Streams
import Support
import Testing

@testable import Server

/// Which sessions are written when, and which files can go.
struct JournalPlanTests {
  @Test func `each session is written in full first in each file, then what has changed`() {
    var plan = JournalPlan()
    let first = plan.begin()
    #expect(plan.needsAll(1))
    plan.wrote(1)
    #expect(!plan.needsAll(1))
    #expect(plan.needsAll(2))
    let second = plan.begin()
    #expect(second == first + 1)
    #expect(plan.needsAll(1))
    #expect(plan.stale == [1])
    plan.wrote(1)
    #expect(plan.stale.isEmpty)
  }

  @Test func `a file goes when all its sessions are in a later one, on the disk`() {
    var plan = JournalPlan()
    let first = plan.begin()
    plan.wrote(1)
    plan.wrote(2)
    _ = plan.begin()
    plan.wrote(1)
    #expect(plan.takeDeletable().isEmpty)
    plan.ended(2)
    let batch = plan.batch(10, [(1, 5)], now: .seconds(3))
    #expect(plan.takeDeletable().isEmpty)
    #expect(plan.written(batch).map(\.received) == [5])
    #expect(plan.takeDeletable() == [first])
    #expect(plan.takeDeletable().isEmpty)
    #expect(plan.leftovers.isEmpty)
    plan.ended(1)
    #expect(plan.leftovers == [first + 1])
  }

  @Test func `a file has so many bytes, and few idle sessions are moved at once`() {
    var plan = JournalPlan()
    _ = plan.begin()
    for id in 1...UInt64(3 * JournalPlan.movedAtOnce) { plan.wrote(id) }
    _ = plan.batch(JournalPlan.fileBytes - 1, [], now: .seconds(0))
    #expect(!plan.isFileFull)
    _ = plan.batch(1, [], now: .seconds(0))
    #expect(plan.isFileFull)
    _ = plan.begin()
    #expect(!plan.isFileFull)
    #expect(plan.stale.count == JournalPlan.movedAtOnce)
  }

  @Test func `when it is suspended nothing that was written counts`() {
    var plan = JournalPlan()
    let first = plan.begin()
    plan.wrote(1)
    let batch = plan.batch(10, [(1, 5)], now: .seconds(3))
    #expect(plan.suspend() == [first])
    #expect(plan.file == nil)
    #expect(plan.written(batch).isEmpty)
    #expect(plan.begin() == first + 1)
    #expect(plan.needsAll(1))
  }
}

extension JournalPlanTests {
  @Test func `a batch counts as waiting until the disk has it`() {
    var plan = JournalPlan()
    _ = plan.begin()
    #expect(plan.waitingSince == nil)
    let first = plan.batch(10, [], now: .seconds(3))
    let last = plan.batch(10, [], now: .seconds(5))
    #expect(plan.waitingSince == .seconds(3))
    _ = plan.written(first)
    #expect(plan.waitingSince == .seconds(5))
    _ = plan.written(last)
    #expect(plan.waitingSince == nil)
  }
}

struct JournalFileTests {
  private static let secret = [UInt8](repeating: 7, count: 32)
  private static let batches: [[UInt8]] = [Array("one".utf8), [], Array("three".utf8)]

  private func file(_ batches: [[UInt8]] = batches, secret: [UInt8]?) -> [UInt8] {
    let salt = [UInt8](repeating: 5, count: JournalCipher.saltBytes)
    let cipher = JournalCipher(salt: salt, secret: secret)
    return batches.enumerated().reduce(
      into: JournalFile.head(salt: salt, cipher, isSecret: secret != nil)
    ) { file, batch in
      var sealed: [UInt8] = []
      let head = JournalFile.seal(batch.element, cipher, at: batch.offset) { sealed += $0 }
      file += head + sealed
    }
  }

  @Test func `a batch of many pieces is read whole`() {
    let long = (0..<200_001).map { UInt8(truncatingIfNeeded: $0 % 251) }
    #expect(read(file([long, long], secret: Self.secret), secret: Self.secret).batches == [long, long])
  }

  private func read(_ bytes: [UInt8], secret: [UInt8]?) -> (batches: [[UInt8]], problem: JournalFile.Problem?) {
    var batches: [[UInt8]] = []
    let problem = JournalFile.read(bytes, secret: secret) { batches.append($0) }
    return (batches, problem)
  }

  @Test(arguments: [nil, secret]) func `what was written is read, up to the first byte that is damaged`(
    secret: [UInt8]?
  ) {
    let whole = file(secret: secret)
    #expect(read(whole, secret: secret) == (Self.batches, nil))
    for index in whole.indices {
      var damaged = whole
      damaged[index] ^= 1
      let (batches, problem) = read(damaged, secret: secret)
      #expect(problem != nil, "byte \(index)")
      #expect(Self.batches.starts(with: batches) && batches.count < Self.batches.count)
      let cut = read(Array(whole[..<index]), secret: secret)
      #expect(Self.batches.starts(with: cut.batches))
    }
  }

  @Test func `with a key the file shows nothing, and needs that key`() {
    let bytes = file(secret: Self.secret)
    #expect(!bytes.containsSequence(Array("three".utf8)))
    #expect(read(bytes, secret: nil).problem == .keyMissing)
    #expect(read(bytes, secret: [UInt8](repeating: 8, count: 32)).problem == .keyWrong)
    #expect(read(file(secret: nil), secret: Self.secret).batches == Self.batches)
    #expect(read([], secret: nil).problem == .notAJournal)
  }
}

struct JournalReplayTests {
  private func batch(_ kind: JournalRecord.Kind, generation: Int = 0) -> [UInt8] {
    var writer = StateWriter()
    JournalRecord.write(kind, 9, generation: generation, to: &writer)
    return writer.bytes
  }

  @Test func `the newest generation counts, whatever the order of the loops' files`() throws {
    var replay = JournalReplay()
    replay.beginFile()
    try replay.take(batch: batch(.end, generation: 2))
    replay.beginFile()
    #expect(throws: Never.self) { try replay.take(batch: batch(.change, generation: 1)) }
    #expect(replay.sessions[9]?.generation == 2)
    #expect(replay.sessions[9]?.stream == nil)
  }

  @Test func `a change without the state before it says nothing`() throws {
    var replay = JournalReplay()
    replay.beginFile()
    try replay.take(batch: batch(.change))
    #expect(replay.sessions.isEmpty)
  }

  @Test(arguments: Seed.fresh) func `no bytes do any harm`(_ seed: Seed) {
    var random = seed.random
    for _ in 0..<2000 {
      var replay = JournalReplay()
      replay.beginFile()
      let bytes = (0..<Int.random(in: 0...200, using: &random)).map { _ in
        Bool.random(using: &random) ? 0 : UInt8.random(in: 0...255, using: &random)
      }
      try? replay.take(batch: bytes)
      #expect(replay.sessions.count <= bytes.count)
    }
  }
}

extension [UInt8] {
  fileprivate func containsSequence(_ other: [UInt8]) -> Bool {
    indices.contains { self[$0...].starts(with: other) }
  }
}
