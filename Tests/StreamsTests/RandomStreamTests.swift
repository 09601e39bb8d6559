import Support
import Testing

@testable import Streams

/// Anything may happen to a stream, in any order.
struct RandomStreamTests {
  @Test(arguments: Seed.fresh, [true, false])
  func `every chunk is answered once and in order, whatever happens`(_ seed: Seed, isContinuous: Bool) {
    var random = seed.random
    for _ in 0..<40 {
      let stream = SimulatedStream(isContinuous: isContinuous)
      for _ in 0..<150 { something(happensTo: stream, &random) }
      stream.settle()
      let chunks = stream.totals.chunks
      #expect(stream.client.answers == Array(1...max(1, chunks)).filter { $0 <= chunks })
      #expect(stream.totals.processed + stream.totals.dropped == chunks)
      let finals = stream.client.finals
      // A chunk that failed has no text.
      #expect(
        isContinuous
          ? finals == Array(1...max(1, finals.count)).filter { $0 <= finals.count } : finals == finals.sorted())
      #expect(Set(finals).count == finals.count)
      // One whose answer came after those of later chunks may be repeated to a client that returns.
      var flushes: [Int] = []
      for seq in stream.client.flushes where !flushes.contains(seq) { flushes.append(seq) }
      #expect(flushes == flushes.sorted())
    }
  }

  @Test(arguments: Seed.fresh, [true, false])
  func `when time is up every chunk has its answer too`(_ seed: Seed, isContinuous: Bool) {
    var random = seed.random
    for _ in 0..<20 {
      let stream = SimulatedStream(isContinuous: isContinuous, keepsChunks: false)
      for _ in 0..<100 { something(happensTo: stream, &random) }
      stream.resume()
      stream.abandon()
      #expect(stream.client.answers.last ?? 0 == stream.totals.chunks)
      #expect(stream.totals.processed + stream.totals.dropped == stream.totals.chunks)
    }
  }

  private func something(happensTo stream: SimulatedStream, _ random: inout SeededRandom) {
    switch Int.random(in: 0..<100, using: &random) {
    case 0..<35: stream.receive(bytes: Int.random(in: 1...60, using: &random))
    case 35..<70: stream.work()
    case 70..<74: stream.flush()
    case 74..<79: stream.loseWorker(crashed: Bool.random(using: &random))
    case 79..<86: stream.replaceWorker()
    case 86..<90: stream.decoderIsBehind(Bool.random(using: &random))
    case 90..<93: stream.disconnect(losing: Int.random(in: 0...3, using: &random))
    case 93..<97: stream.resume()
    case 97..<98: stream.migrate()
    case 98..<99: stream.endInput()
    case 99: stream.killServer(inFull: Bool.random(using: &random))
    default: break
    }
  }
}
