internal import Recognition

/// What a stream holds, and what it lets go.
extension StreamSession {
  /// What unanswered chunks hold: queued for the worker, and kept until they are answered.
  public var unansweredBytes: Int { account.inFlightBytes + audio.bytes - audio.replayBytes }

  /// The budget is told what the stream holds now.
  /// - Parameter unreadBytes: messages that wait for the client to read them.
  public mutating func hold(_ unreadBytes: Int, in budget: inout MemoryBudget) {
    // Fewer are in flight, and the connection does not report when they are read.
    let unread = unreadBytes > Self.unreportedBytes ? unreadBytes : 0
    let share = MemoryBudget.Share(
      bytes: unansweredBytes + audio.replayBytes + (log?.bytes ?? 0) + unread, droppableBytes: audio.replayBytes)
    budget.change(from: budgeted, to: share)
    budgeted = share
  }

  /// The stream no longer counts in this budget.
  public mutating func release(from budget: inout MemoryBudget) {
    budget.change(from: budgeted, to: MemoryBudget.Share())
    budgeted = MemoryBudget.Share()
  }

  private static let unreportedBytes = 64 << 10

  /// Memory is short: audio that was answered is no longer kept for the case that a worker dies.
  public mutating func dropReplay() -> StreamActions {
    audio.dropReplay()
    return audio.takeCut(transcript.checkpoint).map { [notice(of: $0)] } ?? []
  }

  // Given the cut, as optional actions are slow: the runtime looks at their type to destroy them.
  func notice(of cut: (seq: Int, frames: Range<Int>)) -> StreamAction {
    .emit(.notice(.replayDropped(seq: cut.seq, seconds: account.request.format.seconds(cut.frames))))
  }

  /// Returns memory that a burst had needed.
  public mutating func trim() { audio.trim() }
}
