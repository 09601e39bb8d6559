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

  @Test func `a new stream goes to a worker that is ready`() {
    var pool = running(2)
    _ = pool.lost(0, now: .seconds(5))
    #expect(pool.seatStream() == 1)
    pool.started(0, now: .seconds(5))
    #expect(pool.seatStream() == 1)
    #expect(!pool.isComplete)
    pool.ready(0, now: .seconds(5))
    #expect(pool.isComplete)
    #expect(pool.seatStream() == 0)
  }

  @Test func `without a worker it waits on the seat with the fewest`() {
    var pool = running(2)
    for seat in 0..<2 { _ = pool.lost(seat, now: .zero) }
    #expect(pool.isEmpty)
    #expect((0..<4).map { _ in pool.seatStream() } == [0, 1, 0, 1])
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

  @Test func `the streams of a dead worker wait for the next`() {
    var pool = running(1)
    _ = pool.seatStream()
    _ = pool.lost(0, now: .zero)
    #expect(pool.streams(on: 0) == 1)
  }
}

struct StartPatienceTests {
  @Test func `the first worker has a minute, the others four times what one took`() {
    var patience = StartPatience()
    #expect(patience.beats == 480)
    patience.cameUp(after: 10)
    #expect(patience.beats == 40)
    patience.cameUp(after: 0)
    #expect(patience.beats == 16)
    patience.cameUp(after: 400)
    #expect(patience.beats == 480)
  }

  @Test func `each that is given up gives the next twice the time`() {
    var patience = StartPatience()
    patience.cameUp(after: 5)
    patience.gaveUp()
    #expect(patience.beats == 40)
    for _ in 0..<10 { patience.gaveUp() }
    #expect(patience.beats == 480)
  }
}
