package import IO

/// The run that a thread with new audio wakes up, on the loop.
package final class Wake: @unchecked Sendable {
  package weak var run: StreamRun?

  package init() {}

  /// To be called by that thread.
  package func signal(through gate: LoopGate) -> @Sendable () -> Void {
    { gate.submit { self.run?.sendAudio() } }
  }
}
