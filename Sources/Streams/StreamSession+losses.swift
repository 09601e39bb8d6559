internal import Audio
internal import Recognition

/// Workers that are lost, and chunks that may be why.
extension StreamSession {
  /// The chunks that were in flight with a lost worker and may be why it was lost.
  public var suspects: ClosedRange<Int>? { account.unanswered(upTo: placement.suspectSeq) }

  /// The stream's worker was lost; it waits for the replacement.
  /// - Parameters:
  ///   - trial: the chunk of any stream that was alone with it.
  ///   - blame: whether a chunk may be why it was lost.
  public mutating func workerLost(
    crashed: Bool, trial: SlotRecovery.Trial?, blame: Blame = .likely
  ) -> StreamActions {
    guard let slot = placement.slot else { return [] }
    suspect(blame)
    transcript.workerLost()
    placement.state = .waiting(slot: slot)
    let own = trial.flatMap { $0.stream == id ? $0.seq : nil }
    let start = transcript.checkpoint.map { Int($0.frame) } ?? account.lastAnswered
    let actions = resume(from: .decoding)
    switch crashes.workerLost(crashed: crashed, trial: own, isTrialElsewhere: trial != nil && own == nil, start: start)
    {
    case .retry: return actions
    case .dropChunk(let seq):
      return actions + chunkFailed(seq: seq, .poison)
    case .silenceAudio:
      guard let end = audio.silenceAnswered() else { return actions }
      let missing = min(end, transcript.checkpoint.map { Int($0.frame) } ?? end)..<end
      transcript.dropAudio(before: end)
      return actions + [
        .silencedAudio, .emit(.notice(.wordsMissing(seconds: account.request.format.seconds(missing)))),
      ]
    }
  }

  private mutating func suspect(_ blame: Blame) {
    let isSuspect =
      switch blame {
      case .likely: true
      case .unlikely(let machine):
        crashes.workerVanished(from: machine, with: account.unanswered(upTo: placement.sentSeq)?.lowerBound)
      case .none: false
      }
    if isSuspect { placement.suspectSeq = placement.sentSeq }
  }
}
