internal import Contract

/// The server's replies as the client wrote them, with times.
///
/// A time is later than the arrival of the reply by the time to write and read it.
struct ChunkReplies {
  let chunkMilliseconds: Int
  /// By `seq`, from 1.
  private(set) var acknowledged: [Int: Duration] = [:]
  private(set) var peaks: [Int: Double] = [:]

  init(_ lines: [(line: String, at: Duration)], chunkMilliseconds: Int) {
    self.chunkMilliseconds = chunkMilliseconds
    for (line, at) in lines {
      switch ServerMessage(parsing: line.utf8) {
      case .accepted(_, let seq, _): acknowledged[seq] = at
      case .transcription(let text): peaks[text.seq] = text.peak
      case .started, .flushed, .notice, .pong, .summary, .failure, nil: break
      }
    }
  }

  /// How long after its last sample each chunk was acknowledged. The device's clock began at `origin`; chunks that were
  /// complete before `warmUp` had passed are left out, and the last one, which is cut short.
  func delays(since origin: Duration, from warmUp: Duration) -> [Duration] {
    acknowledged.sorted { $0.key < $1.key }.dropLast().compactMap { seq, at in
      let complete = .milliseconds(seq * chunkMilliseconds) as Duration
      return complete < warmUp ? nil : at - (origin + complete)
    }
  }
}
