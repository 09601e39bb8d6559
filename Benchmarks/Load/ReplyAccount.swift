/// Accounts for one connection: both kinds of reply must arrive for each chunk, each kind in order,
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
    /// The reply to the chunk with this index (from 0) is correct.
    case expected(Int)
    /// Replies in between are missing and count as lost.
    case skipped(Int, missing: Int)
    /// For a chunk that has already been answered.
    case repeated
    /// For a chunk that was not sent, or a transcription before the acknowledgement.
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
