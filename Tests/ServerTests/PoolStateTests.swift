import Testing

@testable import Server

struct PoolStateTests {
  private func running(_ count: Int) -> PoolState {
    var pool = PoolState(count: count)
    for seat in 0..<count {
      pool.started(seat, now: .zero)
      pool.ready(seat, now: .zero)
    }
    return pool
  }

  @Test func `a new stream goes to the worker with the fewest`() {
    var pool = running(3)
    #expect((0..<6).map { _ in pool.seatStream() } == [0, 1, 2, 0, 1, 2])
    pool.streamEnded(1)
    #expect(pool.seatStream() == 1)
  }

  @Test func `a dead worker takes no stream, a starting one does`() {
    var pool = running(2)
    _ = pool.lost(0, now: .seconds(5))
    #expect(pool.seatStream() == 1)
    #expect(pool.seatStream() == 1)
    pool.started(0, now: .seconds(5))
    #expect(pool.seatStream() == 0)
    #expect(!pool.isComplete)
    pool.ready(0, now: .seconds(5))
    #expect(pool.isComplete)
  }

  @Test func `without a worker there is no seat`() {
    var pool = running(1)
    _ = pool.lost(0, now: .zero)
    #expect(pool.isEmpty)
    #expect(pool.seatStream() == nil)
  }

  @Test func `a worker that lived is replaced at once, one that keeps dying young ever later`() {
    var pool = running(1)
    #expect(pool.lost(0, now: .seconds(100)) == .zero)
    var pauses: [Duration] = []
    for _ in 0..<8 {
      pool.started(0, now: .zero)
      pauses.append(pool.lost(0, now: .zero))
    }
    #expect(pauses.prefix(3) == [.milliseconds(100), .milliseconds(200), .milliseconds(400)])
    #expect(pauses.last == PoolState.longestPause)
    pool.started(0, now: .seconds(200))
    pool.ready(0, now: .seconds(200))
    #expect(pool.lost(0, now: .seconds(202)) == .zero)
  }

  @Test func `the streams of a dead worker are no longer counted`() {
    var pool = running(1)
    _ = pool.seatStream()
    _ = pool.lost(0, now: .zero)
    #expect(pool.streams(on: 0) == 0)
  }
}
