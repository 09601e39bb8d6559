import Testing

@testable import Server

struct ServiceLifecycleTests {
  private func lifecycle(loops: Int = 1) -> ServiceLifecycle {
    ServiceLifecycle(loops: loops, shutdownTimeout: .seconds(10))
  }

  @Test func `the server listens when the workers of every loop are up`() {
    var lifecycle = lifecycle(loops: 3)
    let answers = (0..<3).map { _ in lifecycle.loopIsReady() }
    #expect(answers == [false, false, true])
    #expect(lifecycle.isServing && lifecycle.takesChunks)
  }

  @Test func `while it drains chunks are still taken, new streams are not`() {
    var lifecycle = lifecycle()
    _ = lifecycle.shutdown.signalled(now: .zero)
    #expect(!lifecycle.isServing && lifecycle.takesChunks)
    _ = lifecycle.shutdown.advance(now: .seconds(1), chunks: 0, workersLeft: true, connections: .behind)
    #expect(!lifecycle.takesChunks)
  }

  @Test func `a loop ends once`() {
    var lifecycle = lifecycle()
    let answers = (0..<3).map { _ in lifecycle.end() }
    #expect(answers == [true, false, false])
  }

  @Test func `the server ends with its last loop, and fails if one has failed`() {
    var lifecycle = lifecycle(loops: 3)
    let answers = [0, 1, 0].map { lifecycle.loopHasEnded(status: $0) }
    #expect(answers == [false, false, true])
    #expect(lifecycle.status == 1)
  }

  @Test func `a failure of its own counts too`() {
    var lifecycle = lifecycle()
    #expect(lifecycle.status == 0)
    lifecycle.fail()
    #expect(lifecycle.loopHasEnded(status: 0) == true)
    #expect(lifecycle.status == 1)
  }
}
