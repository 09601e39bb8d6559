/// What one connection has sent and what has been answered: both kinds of reply must come for each chunk, each kind in order,
/// a chunk's acknowledgement before its transcription.
struct ReplyAccount: Equatable {
  private(set) var sent = 0
  private(set) var acknowledged = 0
  private(set) var transcribed = 0

  /// Chunks with both replies.
  var completed: Int { min(acknowledged, transcribed) }
  var inFlight: Int { sent - completed }
  var unacknowledged: Int { sent - acknowledged }
  var untranscribed: Int { sent - transcribed }

  enum Verdict: Equatable {
    /// The reply to the chunk of this index (from 0) is as it must be.
    case expected(Int)
    /// In between replies are missing; they are taken for lost.
    case skipped(Int, missing: Int)
    /// To a chunk that was answered already.
    case repeated
    /// To one that was not sent, or a transcription before the acknowledgement.
    case early
  }

  /// The index of the chunk sent.
  @inline(__always)
  mutating func send() -> Int {
    sent += 1
    return sent - 1
  }

  @inline(__always)
  mutating func acknowledge(seq: Int) -> Verdict {
    let verdict = Self.judge(seq - 1, expected: acknowledged, bound: sent)
    if case .repeated = verdict { return verdict }
    if case .early = verdict { return verdict }
    acknowledged = seq
    return verdict
  }

  @inline(__always)
  mutating func transcribe(seq: Int) -> Verdict {
    let verdict = Self.judge(seq - 1, expected: transcribed, bound: acknowledged)
    if case .repeated = verdict { return verdict }
    if case .early = verdict { return verdict }
    transcribed = seq
    return verdict
  }

  @inline(__always)
  private static func judge(_ index: Int, expected: Int, bound: Int) -> Verdict {
    if index < expected { return .repeated }
    if index >= bound { return .early }
    return index == expected ? .expected(index) : .skipped(index, missing: index - expected)
  }
}
