internal import Audio
internal import Synchronization

/// The events of a stream between its thread and the task that iterates over them.
final class EventQueue: Sendable {
  /// More events than this wait for their reader: the stream is held.
  static let limit = 256

  /// Events that are wanted beside utterances.
  struct Wishes: Sendable {
    var partials = false
    var levels = false
    /// Notices and the receipt.
    var others = false
  }

  enum Next: Sendable {
    case event(SpeechEvent)
    case end
    case failure(SpeechError)
  }

  private struct State {
    var events = Deque<SpeechEvent>()
    var end: Next?
    var readers = Deque<CheckedContinuation<Next, Never>>()
    /// The reader was too slow, and is not level again.
    var isFull = false
    var isStopped = false
    var isCancelled = false
    /// Nil: the stream has not begun, or is over.
    var remote: StreamRemote?
  }

  let wishes: Wishes
  private let state = Mutex(State())

  init(_ wishes: Wishes) { self.wishes = wishes }

  // MARK: - The stream's side

  var isFull: Bool { state.withLock { $0.isFull } }
  var isCancelled: Bool { state.withLock { $0.isCancelled } }

  /// The stream begins, and takes orders from now on.
  func begin(_ remote: StreamRemote) {
    let (isStopped, isCancelled) = state.withLock { state in
      state.remote = remote
      return (state.isStopped, state.isCancelled)
    }
    if isCancelled { remote.cancel() } else if isStopped { remote.stop() }
  }

  func put(_ event: SpeechEvent) {
    let reader: CheckedContinuation<Next, Never>? = state.withLock { state in
      guard state.end == nil, !state.isCancelled else { return nil }
      if let reader = state.readers.popFirst() { return reader }
      let last = state.events.count - 1
      if case .partial = event, last >= 0, case .partial = state.events[last] {
        state.events[last] = event
      } else {
        state.events.append(event)
      }
      if state.events.count >= Self.limit { state.isFull = true }
      return nil
    }
    reader?.resume(returning: .event(event))
  }

  /// The stream is over; nothing follows.
  func finish(_ error: SpeechError?) {
    let (readers, end) = state.withLock { state in
      let end: Next = error.map { .failure($0) } ?? .end
      if state.end == nil { state.end = state.isCancelled ? .end : end }
      // An error is told once.
      if !state.readers.isEmpty { state.end = .end }
      state.remote = nil
      defer { state.readers = Deque() }
      return (Array(state.readers), end)
    }
    for (index, reader) in readers.enumerated() { reader.resume(returning: index == 0 ? end : .end) }
  }

  // MARK: - The reader's side

  /// The next event, or the end. Waits for it.
  func next() async -> Next {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let (next, remote): (Next?, StreamRemote?) = state.withLock { state in
          if let event = state.events.popFirst() {
            guard state.isFull, state.events.count <= Self.limit / 2 else { return (.event(event), nil) }
            state.isFull = false
            return (.event(event), state.remote)
          }
          if let end = state.end {
            state.end = .end
            return (end, nil)
          }
          state.readers.append(continuation)
          return (nil, nil)
        }
        if let next { continuation.resume(returning: next) }
        remote?.proceed()
      }
    } onCancel: {
      cancel()
    }
  }

  /// Ends the sound.
  func stop() {
    let remote: StreamRemote? = state.withLock { state in
      guard !state.isStopped else { return nil }
      state.isStopped = true
      return state.remote
    }
    remote?.stop()
  }

  /// Ends everything: nobody reads any more.
  func cancel() {
    let (remote, readers): (StreamRemote?, [CheckedContinuation<Next, Never>]) = state.withLock { state in
      guard !state.isCancelled else { return (nil, []) }
      state.isCancelled = true
      state.isFull = false
      state.events = Deque()
      state.end = .end
      defer { state.readers = Deque() }
      return (state.remote, Array(state.readers))
    }
    for reader in readers { reader.resume(returning: .end) }
    remote?.cancel()
  }
}
