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
    var progress = RecognitionProgress()
  }

  private struct State {
    /// Too much for the frame of the current batch.
    var full: [Batch] = []
    var current = Batch()
    var isAnnounced = false
    /// Decodings that were not reported: of the finals and partials above, and of those without a text.
    var decodings: [DecodingTime] = []
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
      guard let update else {
        state.current.progress = progress
        return false
      }
      Self.add(update, to: &state)
      state.current.progress = progress
      // The loop's `take` after the call locks: what is added before it, it finds.
      if state.isAnnounced || isLoopCalling.load(ordering: .relaxed) { return false }
      state.isAnnounced = true
      return true
    }
    if isNews { loop.post(.updates(self)) }
  }

  func decoded(_ time: DecodingTime) { state.withLock { $0.decodings.append(time) } }

  /// Calls the recognizer on the loop; `take` follows.
  func duringCall(_ body: () -> Void) {
    isLoopCalling.store(true, ordering: .relaxed)
    body()
    isLoopCalling.store(false, ordering: .relaxed)
  }

  /// Takes all updates: calls `decoded` for each decoding, `full` for updates that need frames of their own, then
  /// `last` once, perhaps without updates.
  func take(
    decoded: (DecodingTime) -> Void, full: ([TranscriptUpdate], RecognitionProgress) -> Void,
    last: ([TranscriptUpdate], RecognitionProgress) -> Void
  ) {
    state.withLock { state in
      state.isAnnounced = false
      if !state.decodings.isEmpty {
        for time in state.decodings { decoded(time) }
        state.decodings.removeAll(keepingCapacity: true)
      }
      for batch in state.full { full(batch.updates, batch.progress) }
      if !state.full.isEmpty { state.full = [] }
      last(state.current.updates, state.current.progress)
      // The memory is kept: with an engine that answers at once, there is an update per chunk.
      state.current.updates.removeAll(keepingCapacity: true)
      state.current.bytes = 0
    }
  }

  private static func add(_ update: TranscriptUpdate, to state: inout State) {
    if let last = state.current.updates.last, !last.isFinal, last.segment.number == update.segment.number {
      // Nobody has seen the partial it replaces.
      state.current.bytes -= last.payloadBytes
      state.current.updates.removeLast()
    }
    let bytes = update.payloadBytes
    if state.current.bytes + bytes > FrameWriter.updatesBytes {
      state.full.append(state.current)
      state.current.updates = []
      state.current.bytes = 0
    }
    state.current.updates.append(update)
    state.current.bytes += bytes
  }
}
