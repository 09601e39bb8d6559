import Testing

@testable import Server

struct WorkerPoolTests {
  private let timeout = Duration.milliseconds(750)

  /// A pool whose workers came up in its first beat.
  private func running(_ count: Int) -> WorkerPool {
    var pool = WorkerPool(count: count, timeout: timeout)
    for slot in 0..<count {
      pool.started(slot)
      _ = pool.ready(slot, now: .zero)
    }
    return pool
  }

  private func lose(_ slot: Int, at now: Duration = .zero, isNeeded: Bool = true, in pool: inout WorkerPool)
    -> WorkerPool.Loss
  {
    pool.lost(slot, now: now, isNeeded: isNeeded)
  }

  /// So many beats, in each of which some workers say something; what was done in the last one.
  private func beat(
    _ count: Int, heardFrom slots: [Int] = [], trial: Int? = nil, in pool: inout WorkerPool
  ) -> [WorkerPool.Check] {
    var checks: [WorkerPool.Check] = []
    for _ in 0..<count {
      for slot in slots { pool.heard(from: slot) }
      checks = pool.checkHeartbeats { $0 == trial }
    }
    return checks
  }

  // MARK: Streams

  @Test func `a new stream goes to the worker with the fewest`() {
    var pool = running(3)
    #expect((0..<6).map { _ in pool.assign() } == [0, 1, 2, 0, 1, 2])
    pool.streamEnded(on: 1)
    #expect(pool.assign() == 1)
  }

  @Test func `a new stream goes to a worker that is ready`() {
    var pool = running(2)
    #expect(lose(0, at: .seconds(5), in: &pool) == .restart(after: .zero))
    #expect(pool.assign() == 1)
    pool.started(0)
    #expect(pool.assign() == 1)
    #expect(!pool.isReady(0))
    _ = pool.ready(0, now: .seconds(5))
    #expect(pool.assign() == 0)
  }

  @Test func `without a worker it waits in the slot with the fewest`() {
    var pool = running(2)
    for slot in 0..<2 { _ = lose(slot, in: &pool) }
    #expect(pool.isEmpty)
    #expect((0..<4).map { _ in pool.assign() } == [0, 1, 0, 1])
  }

  @Test func `the streams of a lost worker wait for the next`() {
    var pool = running(1)
    _ = pool.assign()
    _ = lose(0, in: &pool)
    #expect(pool.streams(on: 0) == 1)
  }

  // MARK: Restarts

  @Test func `a worker that lived is replaced at once, one that dies young ever later`() {
    var pool = running(1)
    #expect(lose(0, at: .seconds(100), in: &pool) == .restart(after: .zero))
    var losses: [WorkerPool.Loss] = []
    for _ in 0..<8 {
      pool.started(0)
      losses.append(lose(0, in: &pool))
    }
    #expect(
      losses.prefix(3)
        == [
          .restart(after: .milliseconds(100)), .restart(after: .milliseconds(200)), .restart(after: .milliseconds(400)),
        ])
    #expect(losses.last == .restart(after: WorkerPool.longestPause))
    pool.started(0)
    _ = pool.ready(0, now: .seconds(200))
    #expect(lose(0, at: .seconds(202), in: &pool) == .restart(after: .zero))
  }

  @Test func `the pool is complete once, when all are up for the first time`() {
    var pool = WorkerPool(count: 2, timeout: timeout)
    for slot in 0..<2 { pool.started(slot) }
    let isFirstLast = pool.ready(0, now: .zero)
    let isSecondLast = pool.ready(1, now: .zero)
    #expect(!isFirstLast && isSecondLast && pool.wasComplete)
    _ = lose(1, in: &pool)
    pool.started(1)
    let isLastAgain = pool.ready(1, now: .zero)
    #expect(!isLastAgain)
  }

  @Test func `a server whose workers don't come up gives up after three attempts, one that was complete never`() {
    var pool = WorkerPool(count: 2, timeout: timeout)
    pool.started(0)
    #expect(lose(0, in: &pool) == .restart(after: .zero))
    pool.started(1)
    #expect(lose(1, in: &pool) == .restart(after: .zero))
    // One that could not even be started.
    #expect(lose(0, in: &pool) == .giveUp)

    var complete = running(1)
    for _ in 0..<20 { #expect(lose(0, in: &complete) != .giveUp) }
  }

  // MARK: Versions

  @Test func `a worker of another version is not started again, and its streams go to the others`() {
    var pool = running(3)
    _ = (0..<3).map { _ in pool.assign() }
    #expect(lose(1, in: &pool) == .restart(after: .zero))
    pool.started(1)
    #expect(pool.refused(1) == .moveStreams)
    #expect(pool.isRefused(1) && !pool.isReady(1))
    pool.streamEnded(on: 1)
    #expect(pool.assign() == 0)
    // Nor is it looked after.
    #expect(beat(1, in: &pool) == [.sendHeartbeat(slot: 0, seq: 1), .sendHeartbeat(slot: 2, seq: 1)])
    // Not even when the others are down.
    _ = lose(0, in: &pool)
    _ = lose(2, in: &pool)
    #expect(pool.isEmpty)
    #expect(pool.assign() != 1)
  }

  @Test func `a server can't start with workers of another version, nor go on with nothing else`() {
    var fresh = WorkerPool(count: 2, timeout: timeout)
    fresh.started(0)
    #expect(fresh.refused(0) == .giveUp)

    var pool = running(2)
    for slot in 0..<2 {
      _ = lose(slot, in: &pool)
      pool.started(slot)
      #expect(pool.refused(slot) == (slot == 0 ? .moveStreams : .giveUp))
    }
  }

  // MARK: Heartbeats

  @Test func `a ready worker gets a heartbeat each beat, one that is down none`() {
    var pool = running(2)
    #expect(beat(1, in: &pool) == [.sendHeartbeat(slot: 0, seq: 1), .sendHeartbeat(slot: 1, seq: 1)])
    _ = lose(0, in: &pool)
    #expect(beat(1, in: &pool) == [.sendHeartbeat(slot: 1, seq: 2)])
    pool.started(0)
    #expect(beat(1, in: &pool) == [.sendHeartbeat(slot: 1, seq: 3)])
  }

  @Test func `a worker that is silent for the timeout is replaced, one that says anything is not`() {
    var pool = running(2)
    let silent = Int(timeout / WorkerPool.beat)
    #expect(beat(silent, heardFrom: [1], in: &pool).contains(.sendHeartbeat(slot: 0, seq: silent)))
    #expect(beat(1, heardFrom: [1], in: &pool) == [.replace(slot: 0), .sendHeartbeat(slot: 1, seq: silent + 1)])
    #expect(lose(0, at: .seconds(2), in: &pool) == .restart(after: .zero))
    #expect(beat(100, heardFrom: [1], in: &pool) == [.sendHeartbeat(slot: 1, seq: silent + 101)])
  }

  @Test func `with a chunk on trial it may be silent four times as long`() {
    var pool = running(2)
    let silent = Int(timeout / WorkerPool.beat) * WorkerPool.trialPatience
    #expect(!beat(silent, heardFrom: [1], trial: 0, in: &pool).contains(.replace(slot: 0)))
    #expect(beat(1, heardFrom: [1], trial: 0, in: &pool).contains(.replace(slot: 0)))
  }

  @Test func `a worker that does not come up in its time is replaced, and the next one has twice as much`() {
    var pool = running(1)
    _ = lose(0, in: &pool)
    var beats = StartupTimeout.shortestBeats
    for _ in 0..<3 {
      pool.started(0)
      #expect(beat(beats, in: &pool) == [])
      #expect(beat(1, in: &pool) == [.replace(slot: 0)])
      _ = lose(0, in: &pool)
      beats *= 2
    }
  }

  @Test func `workers answer while a heartbeat was answered within three seconds`() {
    var pool = running(2)
    _ = beat(WorkerPool.answeringBeats, heardFrom: [0, 1], in: &pool)
    #expect(pool.isAnswering)
    _ = beat(1, heardFrom: [0, 1], in: &pool)
    #expect(!pool.isAnswering)
    pool.heartbeatAnswered(1)
    #expect(pool.isAnswering)
    _ = lose(1, in: &pool)
    #expect(!pool.isAnswering)
  }

  // MARK: The end

  @Test func `when the server ends a worker is replaced only where streams wait for one`() {
    var pool = running(2)
    pool.end()
    #expect(pool.isEnding)
    #expect(lose(0, isNeeded: false, in: &pool) == .leaveDown)
    #expect(lose(1, isNeeded: true, in: &pool) == .restart(after: .zero))
    #expect(pool.isEmpty)
  }
}

struct StartupTimeoutTests {
  @Test func `the first worker has a minute, the others four times what one took`() {
    var timeout = StartupTimeout()
    #expect(timeout.beats == 480)
    timeout.cameUp(after: 10)
    #expect(timeout.beats == 40)
    timeout.cameUp(after: 0)
    #expect(timeout.beats == 16)
    timeout.cameUp(after: 400)
    #expect(timeout.beats == 480)
  }

  @Test func `each that is abandoned gives the next twice the time`() {
    var timeout = StartupTimeout()
    timeout.cameUp(after: 5)
    timeout.abandoned()
    #expect(timeout.beats == 40)
    for _ in 0..<10 { timeout.abandoned() }
    #expect(timeout.beats == 480)
  }
}
