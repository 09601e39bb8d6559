internal import Audio

/// Which audio of a stream may be what workers die of.
struct CrashHistory {
  /// A chunk that was alone with a worker that was lost, and how many were lost with it.
  @Boxed private var suspectChunk: (seq: Int, losses: Int)?
  /// Where kept, answered audio begins, and how many workers crashed with it.
  @Boxed private var suspectAudio: (start: Int, crashes: Int)?

  /// The first chunk that was in flight with workers that vanished, the machine of the last one, and how many did.
  @Boxed private var vanished: (chunk: Int, machine: String, workers: Int)?

  /// A worker vanished, or fell silent, with this chunk as the first in flight.
  /// - Returns: whether that may be the chunk's doing: a worker of another machine did, too, or many did.
  mutating func workerVanished(from machine: String, with chunk: Int?) -> Bool {
    let before = vanished.flatMap { $0.chunk == chunk ? $0 : nil }
    let workers = (before?.workers ?? 0) + 1
    vanished = chunk.map { ($0, machine, workers) }
    // The workers of one machine vanish together.
    return before.map { $0.machine != machine || workers >= StreamLimits.vanishedWorkers } ?? false
  }

  enum Verdict: Equatable {
    /// Send everything again.
    case retry
    /// Answer this chunk with an error and never send it again.
    case dropChunk(seq: Int)
    /// Replace the answered audio by silence, or no worker would survive.
    case silenceAudio
  }

  /// A worker was lost.
  /// - Parameters:
  ///   - trial: the stream's chunk that was alone with it, if any was.
  ///   - isTrialElsewhere: whether a chunk of another stream was alone with it.
  ///   - start: where the kept, answered audio begins.
  mutating func workerLost(crashed: Bool, trial: Int?, isTrialElsewhere: Bool, start: Int) -> Verdict {
    if let trial { return judge(trial, crashed: crashed) }
    // An engine decodes later than the worker answers, so audio that was already answered may be the cause.
    guard crashed, !isTrialElsewhere else { return .retry }
    let crashes = suspectAudio?.start == start ? suspectAudio?.crashes ?? 0 : 0
    suspectAudio = (start, crashes + 1)
    return crashes + 1 >= StreamLimits.crashesWithAudio ? .silenceAudio : .retry
  }

  /// A crash with nothing else in flight, the second in which the chunk had a part, is proof. A worker that was killed
  /// from outside may have been unlucky once.
  private mutating func judge(_ seq: Int, crashed: Bool) -> Verdict {
    let losses = suspectChunk?.seq == seq ? suspectChunk?.losses ?? 0 : 0
    guard crashed || losses > 0 else {
      suspectChunk = (seq, losses + 1)
      return .retry
    }
    suspectChunk = nil
    return .dropChunk(seq: seq)
  }
}
