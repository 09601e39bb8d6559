import Testing

@testable import Server

struct ShutdownStateTests {
  @Test func `without a signal nothing happens`() {
    var state = ShutdownState(timeout: .seconds(10))
    #expect(state.advance(now: .seconds(100), chunks: 8, workersLeft: true, connections: .behind) == .wait)
  }

  @Test func `quiet clients, then the workers, then the connections, then the end`() {
    var state = ShutdownState(timeout: .seconds(10))
    #expect(state.signalled(now: .seconds(1)) == .stopAccepting)
    #expect(state.advance(now: .seconds(1), chunks: 8, workersLeft: true, connections: .behind) == .wait)
    func advance(now: Duration, chunks: Int) -> ShutdownState.Action {
      state.advance(now: now, chunks: chunks, workersLeft: true, connections: .behind)
    }
    #expect(advance(now: .milliseconds(1040), chunks: 9) == .wait)
    #expect(advance(now: .milliseconds(1060), chunks: 9) == .wait)
    #expect(advance(now: .milliseconds(1090), chunks: 9) == .finish)
    #expect(state.advance(now: .seconds(2), chunks: 9, workersLeft: true, connections: .behind) == .wait)
    #expect(state.advance(now: .seconds(2), chunks: 9, workersLeft: false, connections: .behind) == .close(late: false))
    #expect(state.advance(now: .seconds(2), chunks: 8, workersLeft: false, connections: .behind) == .wait)
    #expect(state.advance(now: .seconds(2), chunks: 8, workersLeft: false, connections: .none) == .end(late: false))
    #expect(state.phase == .done)
  }

  @Test func `a live stream does not hold up the end`() {
    var state = ShutdownState(timeout: .seconds(10))
    _ = state.signalled(now: .zero)
    var now = Duration.zero
    var action = ShutdownState.Action.wait
    var chunks = 100
    while action == .wait, now < .seconds(5) {
      now += .milliseconds(10)
      chunks += 1
      action = state.advance(now: now, chunks: chunks, workersLeft: true, connections: .behind)
    }
    #expect(action == .finish)
    #expect(now == ShutdownState.longestDrain)
  }

  @Test func `a worker that does not finish is left behind when the time is up`() {
    var state = ShutdownState(timeout: .seconds(2))
    _ = state.signalled(now: .zero)
    _ = state.advance(now: .seconds(1), chunks: 8, workersLeft: true, connections: .behind)
    #expect(state.advance(now: .milliseconds(1999), chunks: 8, workersLeft: true, connections: .behind) == .wait)
    #expect(state.advance(now: .seconds(2), chunks: 8, workersLeft: true, connections: .behind) == .close(late: true))
    #expect(state.advance(now: .milliseconds(2400), chunks: 8, workersLeft: false, connections: .behind) == .wait)
    #expect(
      state.advance(now: .milliseconds(2500), chunks: 8, workersLeft: false, connections: .behind) == .end(late: true))
  }

  @Test func `who has everything and does not answer the close is not waited for long`() {
    var state = ShutdownState(timeout: .seconds(10))
    _ = state.signalled(now: .zero)
    _ = state.advance(now: .seconds(1), chunks: 8, workersLeft: false, connections: .silent)
    #expect(state.advance(now: .seconds(1), chunks: 8, workersLeft: false, connections: .silent) == .close(late: false))
    #expect(state.advance(now: .milliseconds(5900), chunks: 8, workersLeft: false, connections: .silent) == .wait)
    #expect(state.advance(now: .milliseconds(6100), chunks: 8, workersLeft: false, connections: .behind) == .wait)
    #expect(
      state.advance(now: .milliseconds(6100), chunks: 8, workersLeft: false, connections: .silent) == .end(late: false))
  }

  @Test func `a second signal ends at once`() {
    var state = ShutdownState(timeout: .seconds(10))
    _ = state.signalled(now: .zero)
    #expect(state.signalled(now: .zero) == .endAtOnce)
  }
}
