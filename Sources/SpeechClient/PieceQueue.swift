internal import Audio
internal import Capture
internal import Synchronization

/// The pieces of a custom source between the task that makes them and the loop that sends them.
final class PieceQueue: Sendable {
  /// So much may wait: two seconds of the standard format.
  static let limitBytes = 64 << 10

  private struct State {
    var pieces = Deque<[UInt8]>()
    var bytes = 0
    /// No more are put.
    var isOver = false
    /// Why there are no more, if not because that was all.
    var error: (any Error)?
    /// The reader found nothing, and wants to be woken.
    var isAwaited = false
    /// The writer that waits for room.
    var writer: CheckedContinuation<Bool, Never>?
  }

  private let state = Mutex(State())
  private let wake: @Sendable () -> Void

  init(wake: @escaping @Sendable () -> Void) { self.wake = wake }

  /// Adds a piece, when there is room.
  /// - Returns: false if no more are wanted.
  func put(_ piece: [UInt8]) async -> Bool {
    guard !piece.isEmpty else { return true }
    guard await room() else { return false }
    let (isTaken, isAwaited) = state.withLock { state in
      guard !state.isOver else { return (false, false) }
      state.pieces.append(piece)
      state.bytes += piece.count
      defer { state.isAwaited = false }
      return (true, state.isAwaited)
    }
    if isAwaited { wake() }
    return isTaken
  }

  private func room() async -> Bool {
    await withCheckedContinuation { continuation in
      let answer: Bool? = state.withLock { state in
        if state.isOver { return false }
        if state.bytes < Self.limitBytes { return true }
        state.writer = continuation
        return nil
      }
      if let answer { continuation.resume(returning: answer) }
    }
  }

  /// There are no more pieces.
  func finish(throwing error: (any Error)? = nil) {
    let (isAwaited, writer) = state.withLock { state in
      if !state.isOver { state.error = error }
      state.isOver = true
      defer { (state.isAwaited, state.writer) = (false, nil) }
      return (state.isAwaited, state.writer)
    }
    writer?.resume(returning: false)
    if isAwaited { wake() }
  }

  var error: (any Error)? { state.withLock { $0.error } }

  /// Moves bytes to the buffer, in order.
  /// - Returns: how many, and whether more may follow.
  func take(into buffer: UnsafeMutableRawBufferPointer) -> (bytes: Int, isOver: Bool) {
    let (taken, isOver, writer) = state.withLock { state in
      var taken = 0
      while taken < buffer.count, let piece = state.pieces.first {
        let count = min(piece.count, buffer.count - taken)
        UnsafeMutableRawBufferPointer(rebasing: buffer[taken...]).copyBytes(from: piece[..<count])
        taken += count
        if count < piece.count {
          state.pieces.first = Array(piece[count...])
        } else {
          _ = state.pieces.popFirst()
        }
      }
      state.bytes -= taken
      if taken < buffer.count { state.isAwaited = true }
      let hasRoom = state.bytes < Self.limitBytes / 2
      defer { if hasRoom { state.writer = nil } }
      return (taken, state.isOver, hasRoom ? state.writer : nil)
    }
    writer?.resume(returning: true)
    return (taken, isOver)
  }
}

/// The pieces of a custom source, read in whole frames by the loop's thread.
final class PieceReader: AudioSource {
  let format: AudioFormat
  private let queue: PieceQueue
  /// The beginning of a frame.
  private var rest: [UInt8] = []

  init(_ queue: PieceQueue, format: AudioFormat) {
    self.queue = queue
    self.format = format
  }

  func next(into buffer: UnsafeMutableRawBufferPointer) -> SourceItem {
    buffer.copyBytes(from: rest)
    let (bytes, isOver) = queue.take(into: UnsafeMutableRawBufferPointer(rebasing: buffer[rest.count...]))
    let whole = (rest.count + bytes) / format.frameBytes * format.frameBytes
    rest = Array(buffer[whole..<rest.count + bytes])
    if whole > 0 { return .audio(bytes: whole) }
    return isOver && bytes == 0 ? .end : .nothingYet
  }
}
