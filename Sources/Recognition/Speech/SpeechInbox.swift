internal import Audio
internal import Glibc
internal import Synchronization

/// Between a stream's recogniser on the worker's loop and the thread that decodes: sound that way, words this way.
final class SpeechInbox: Sendable {
  /// What came in since the last look.
  struct News {
    var sound: [UInt8] = []
    /// Finishes asked for, and how many bytes of `sound` came before each.
    var finishes: [(after: Int, done: @Sendable (Hypothesis) -> Void)] = []
    var isEnded = false
  }

  private struct State: ~Copyable {
    var news = News()
    var isAnnounced = false
    var captions: Captions
    /// Seconds of utterances that wait to be decoded.
    var waitingSeconds = 0.0
    var shed = 0
    var caughtUp: [@Sendable () -> Void] = []

    /// As far as everything is decoded and in `captions`.
    var checkpoint: Checkpoint

    init(from checkpoint: Checkpoint) {
      captions = Captions(segmentsBefore: checkpoint.segments)
      self.checkpoint = checkpoint
    }
  }

  /// Unlike any other's of this engine; a stream that changes its format has several.
  let number: UInt64
  let format: AudioFormat
  /// Where its sound begins.
  let beginning: Checkpoint
  private let backlogSeconds: Double
  private let state: Mutex<State>

  init(number: UInt64, format: AudioFormat, from beginning: Checkpoint, backlogSeconds: Double) {
    self.number = number
    self.format = format
    self.backlogSeconds = backlogSeconds
    self.beginning = beginning
    state = Mutex(State(from: beginning))
  }

  // MARK: The loop's side

  /// Puts sound in; answers whether the desk must be told.
  func put(_ bytes: UnsafeRawBufferPointer) -> Bool {
    state.withLock { state in
      state.news.sound.append(contentsOf: bytes)
      return announce(&state)
    }
  }

  /// What is known by now.
  func tell() -> Hypothesis { state.withLock { told($0.captions.tell(), $0) } }

  /// Whether more waits than may.
  var isBehind: Bool { state.withLock { isBehind($0) } }

  /// Asks for everything so far; answers whether the desk must be told.
  func put(finish done: @escaping @Sendable (Hypothesis) -> Void) -> Bool {
    state.withLock { state in
      state.news.finishes.append((after: state.news.sound.count, done: done))
      return announce(&state)
    }
  }

  /// The stream is over; answers whether the desk must be told.
  func putEnd() -> Bool {
    state.withLock { state in
      state.news.isEnded = true
      return announce(&state)
    }
  }

  /// Calls `done` once, from any thread, when it is no longer behind.
  func whenCaughtUp(_ done: @escaping @Sendable () -> Void) {
    let isNow = state.withLock { state in
      guard isBehind(state) else { return true }
      state.caughtUp.append(done)
      return false
    }
    if isNow { done() }
  }

  // MARK: The decoding thread's side

  func take() -> News {
    state.withLock { state in
      var news = News()
      swap(&news, &state.news)
      state.isAnnounced = false
      return news
    }
  }

  /// Changes what the client is told.
  func tell(_ change: (inout Captions) -> Void) { state.withLock { change(&$0.captions) } }

  /// An utterance is over, or none was, up to `frame`; `isOpen` if the next goes on there.
  func settle(frame: UInt64, isOpen: Bool, _ change: (inout Captions) -> Void = { _ in }) {
    state.withLock { state in
      change(&state.captions)
      state.checkpoint = Checkpoint(frame: frame, segments: state.captions.settled, isOpen: isOpen)
    }
  }

  /// Everything so far, for a finish.
  func tellAll(shed: Int) -> Hypothesis {
    state.withLock { state in
      state.shed = shed
      return told(state.captions.tellAll(), state)
    }
  }

  /// Says how much waits, and who waited for that.
  func setWaiting(seconds: Double, shed: Int) {
    let caughtUp = state.withLock { state -> [@Sendable () -> Void] in
      state.waitingSeconds = seconds
      state.shed = shed
      guard !state.caughtUp.isEmpty, !isBehind(state) else { return [] }
      defer { state.caughtUp = [] }
      return state.caughtUp
    }
    for done in caughtUp { done() }
  }

  // MARK: Both

  private func announce(_ state: inout State) -> Bool {
    defer { state.isAnnounced = true }
    return !state.isAnnounced
  }

  private func isBehind(_ state: borrowing State) -> Bool {
    let unheard = format.seconds(frames: state.news.sound.count / format.frameBytes)
    return unheard + state.waitingSeconds > backlogSeconds
  }

  private func told(_ hypothesis: Hypothesis, _ state: borrowing State) -> Hypothesis {
    var hypothesis = hypothesis
    hypothesis.shed = state.shed
    hypothesis.checkpoint = state.checkpoint
    return hypothesis
  }
}

/// Where the decoding thread finds the inboxes with something in them.
final class SpeechDesk: Sendable {
  private struct State {
    var inboxes: [SpeechInbox] = []
    var isClosed = false
  }

  private let state = Mutex(State())
  nonisolated(unsafe) private let bell: UnsafeMutablePointer<sem_t>

  init() {
    bell = .allocate(capacity: 1)
    sem_init(bell, 0, 0)
  }

  deinit {
    sem_destroy(bell)
    bell.deallocate()
  }

  func put(_ inbox: SpeechInbox) {
    let isFirst = state.withLock { state in
      state.inboxes.append(inbox)
      return state.inboxes.count == 1
    }
    if isFirst { sem_post(bell) }
  }

  func close() {
    state.withLock { $0.isClosed = true }
    sem_post(bell)
  }

  /// The inboxes with something in them, after waiting for one if so asked; nil when the desk is closed.
  func take(waiting: Bool) -> [SpeechInbox]? {
    while true {
      let taken = state.withLock { state -> [SpeechInbox]?? in
        guard !state.isClosed else { return .some(nil) }
        guard !state.inboxes.isEmpty || !waiting else { return nil }
        defer { state.inboxes = [] }
        return state.inboxes
      }
      if let taken { return taken }
      sem_wait(bell)
    }
  }
}
