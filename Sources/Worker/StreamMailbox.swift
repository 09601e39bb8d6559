internal import Recognition
internal import Synchronization
internal import WorkerLink

/// The updates of one stream on their way from its recognizer to the loop.
///
/// Bounded by the audio that was accepted: it holds the finals of that, and at most one partial.
final class StreamMailbox: TranscriptSink {
  /// Updates for one frame, and the progress after them.
  private struct Batch {
    var updates: [TranscriptUpdate] = []
    var bytes = 0
    /// Nil where there was none.
    var progress: RecognitionProgress?
  }

  private struct State {
    /// All there is, without progress.
    var text: FinalText?
    /// Too much for the frame of the current batch.
    var full: [Batch] = []
    var current = Batch()
    var isAnnounced = false
    /// Decodings that were not reported: of the finals and partials above, and of those without a text.
    var decodings: [DecodingTime] = []

    // Inlined: a call would copy the text.
    @inline(__always)
    var isEmpty: Bool {
      text == nil && decodings.isEmpty && full.isEmpty && current.updates.isEmpty && current.progress == nil
    }

    mutating func add(_ update: TranscriptUpdate) {
      if let last = current.updates.last, !last.isFinal, last.segment.number == update.segment.number {
        // Nobody has seen the partial it replaces.
        current.bytes -= last.payloadBytes
        current.updates.removeLast()
      }
      let bytes = update.payloadBytes
      if current.bytes + bytes > FrameWriter.updatesBytes {
        full.append(current)
        current.updates = []
        current.bytes = 0
      }
      current.updates.append(update)
      current.bytes += bytes
    }

    /// The text becomes an update as others.
    mutating func unfoldText() {
      guard let text else { return }
      self.text = nil
      add(text.update)
    }
  }

  let stream: StreamID
  private let loop: EngineMailbox
  private let state = Mutex(State())
  /// Whether the loop is calling the recognizer, and takes what is pushed meanwhile right afterwards.
  private let isLoopCalling = Atomic(false)

  init(_ stream: StreamID, _ loop: EngineMailbox) {
    self.stream = stream
    self.loop = loop
  }

  func push(_ update: TranscriptUpdate?, _ progress: RecognitionProgress) {
    let isNews = state.withLock { state in
      state.unfoldText()
      guard let update else {
        state.current.progress = progress
        return false
      }
      state.add(update)
      state.current.progress = progress
      return announces(&state)
    }
    if isNews { loop.post(.updates(self)) }
  }

  func push(_ text: FinalText) {
    let isNews = state.withLock { state in
      if state.isEmpty {
        state.text = text
      } else {
        state.unfoldText()
        state.add(text.update)
      }
      return announces(&state)
    }
    if isNews { loop.post(.updates(self)) }
  }

  /// Whether the loop has to be told of something that was pushed.
  private func announces(_ state: inout State) -> Bool {
    // The loop's `take` after the call locks: what is added before it, it finds.
    if state.isAnnounced || isLoopCalling.load(ordering: .relaxed) { return false }
    state.isAnnounced = true
    return true
  }

  func decoded(_ time: DecodingTime) { state.withLock { $0.decodings.append(time) } }

  /// Calls the recognizer on the loop; `take` follows.
  func duringCall(_ body: () -> Void) {
    isLoopCalling.store(true, ordering: .relaxed)
    body()
    isLoopCalling.store(false, ordering: .relaxed)
  }

  /// Takes the text, if it is all there is.
  func takeText() -> FinalText? {
    state.withLock { state in
      defer { state.text = nil }
      if state.text != nil { state.isAnnounced = false }
      return state.text
    }
  }

  /// Takes all updates: calls `decoded` for each decoding, `full` for updates that need frames of their own, then
  /// `last` once, perhaps without updates.
  func take(
    decoded: (DecodingTime) -> Void, full: ([TranscriptUpdate], RecognitionProgress) -> Void,
    last: ([TranscriptUpdate], RecognitionProgress) -> Void
  ) {
    state.withLock { state in
      state.isAnnounced = false
      state.unfoldText()
      if !state.decodings.isEmpty {
        for time in state.decodings { decoded(time) }
        state.decodings.removeAll(keepingCapacity: true)
      }
      for batch in state.full { full(batch.updates, batch.progress ?? RecognitionProgress()) }
      if !state.full.isEmpty { state.full = [] }
      last(state.current.updates, state.current.progress ?? RecognitionProgress())
      // The memory is kept: with an engine that answers at once, there is an update per chunk.
      state.current.updates.removeAll(keepingCapacity: true)
      state.current.bytes = 0
    }
  }
}
