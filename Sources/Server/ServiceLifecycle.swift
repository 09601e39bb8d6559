/// How far the server is: from start-up over several loops to the last one's end.
struct ServiceLifecycle {
  var shutdown: ShutdownState
  var watch: LoopWatch
  private(set) var status: Int32 = 0
  private var hasEnded = false
  // Of the first loop, which waits for all.
  private var loopsToStart: Int
  private var loopsToEnd: Int

  init(loops: Int, shutdownTimeout: Duration) {
    shutdown = ShutdownState(timeout: shutdownTimeout)
    watch = LoopWatch(loops: loops)
    loopsToStart = loops
    loopsToEnd = loops
  }

  var isServing: Bool { shutdown.phase == .serving }
  /// Whether chunks are still taken.
  var takesChunks: Bool { shutdown.phase == .serving || shutdown.phase == .draining }

  /// A loop's workers are up; true when it was the last one.
  mutating func loopIsReady() -> Bool {
    loopsToStart -= 1
    return loopsToStart == 0
  }

  mutating func fail(_ status: Int32 = 1) { self.status = max(self.status, status) }

  /// This loop ends; false if it has already.
  mutating func end() -> Bool {
    defer { hasEnded = true }
    return !hasEnded
  }

  /// A loop has ended; true when it was the last one.
  mutating func loopHasEnded(status: Int32) -> Bool {
    self.status = max(self.status, status)
    loopsToEnd -= 1
    return loopsToEnd == 0
  }
}
