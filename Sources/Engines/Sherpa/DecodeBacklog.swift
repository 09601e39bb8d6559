internal import Synchronization

/// How much audio of one stream waits to be decoded, counted on both threads.
final class DecodeBacklog: Sendable {
  private struct State: ~Copyable {
    /// Accepted, and not yet taken by the decoding thread.
    var queuedSeconds = 0.0
    /// In utterances that wait to be decoded.
    var utteranceSeconds = 0.0
    var isOver = false
    var caughtUp: [@Sendable () -> Void] = []
  }

  private let limitSeconds: Double
  private let state = Mutex(State())

  init(limitSeconds: Double) { self.limitSeconds = limitSeconds }

  /// How much waits.
  var seconds: Double { state.withLock { $0.isOver ? 0 : max(0, $0.queuedSeconds + $0.utteranceSeconds) } }

  /// Whether more waits than allowed.
  var isBehind: Bool { state.withLock { isBehind($0) } }

  /// Calls `done` once, from any thread, when it is no longer behind.
  func whenCaughtUp(_ done: @escaping @Sendable () -> Void) {
    let isNow = state.withLock { state in
      guard isBehind(state) else { return true }
      state.caughtUp.append(done)
      return false
    }
    if isNow { done() }
  }

  func add(queuedSeconds: Double = 0, utteranceSeconds: Double = 0) {
    let callbacks = state.withLock { state in
      state.queuedSeconds += queuedSeconds
      state.utteranceSeconds += utteranceSeconds
      return takeCallbacks(&state)
    }
    for done in callbacks { done() }
  }

  /// The stream is over: nothing waits any more.
  func end() {
    let callbacks = state.withLock { state in
      state.isOver = true
      return takeCallbacks(&state)
    }
    for done in callbacks { done() }
  }

  private func takeCallbacks(_ state: inout State) -> [@Sendable () -> Void] {
    guard !state.caughtUp.isEmpty, !isBehind(state) else { return [] }
    defer { state.caughtUp = [] }
    return state.caughtUp
  }

  private func isBehind(_ state: borrowing State) -> Bool {
    !state.isOver && state.queuedSeconds + state.utteranceSeconds > limitSeconds
  }
}
