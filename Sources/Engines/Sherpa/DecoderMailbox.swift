internal import Synchronization

/// Brings the audio and the requests of its streams to a decoding thread.
///
/// `DecodeBacklog` bounds it: the client of a stream with too much waiting audio is not read.
final class DecoderMailbox: Sendable {
  enum Message {
    /// Whole sample frames, and when they arrived; `yields` if the stream's words may come after those of others.
    case audio([UInt8], arrival: Duration, yields: Bool)
    /// Call it when everything before this is decoded.
    case finish(@Sendable () -> Void)
    /// The stream is over. Always the last.
    case end
  }

  private struct State {
    var messages: [(stream: StreamContext, Message)] = []
    var isClosed = false
  }

  private let state = Mutex(State())
  private let wakeup = ThreadWakeup()

  func post(_ message: Message, of stream: StreamContext) {
    let isFirst = state.withLock { state in
      state.messages.append((stream, message))
      return state.messages.count == 1
    }
    if isFirst { wakeup.signal() }
  }

  /// Ends the decoding thread.
  func close() {
    state.withLock { $0.isClosed = true }
    wakeup.signal()
  }

  /// All messages. If there are none, waits for the first until `deadline`, a time of the monotonic clock; nil: as long
  /// as it takes. Returns nil after `close`.
  func take(waitingUntil deadline: Duration?) -> [(stream: StreamContext, Message)]? {
    while true {
      let (messages, isClosed) = state.withLock { state in
        defer { state.messages = [] }
        return (state.messages, state.isClosed)
      }
      if isClosed { return nil }
      if !messages.isEmpty || !wakeup.wait(until: deadline) { return messages }
    }
  }
}
