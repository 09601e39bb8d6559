import Contract

/// What became of a recording's chunks, by their numbers in it, over all the sessions it took to send them.
///
/// A session that was lost stands with what was answered in it; what was not is the next one's.
struct Account: Equatable {
  /// What was answered in one session.
  struct Answered: Equatable {
    var chunks = 0
    var bytes = 0
    var failed = SeqRanges()
  }

  /// Sessions before this one in which something was answered.
  private(set) var lostSessions = 0
  /// Connections that broke while a session was under way.
  var breaks = 0
  /// With a transcription, in this session and those before.
  private(set) var transcribed = 0
  /// With an error instead.
  private(set) var failed = SeqRanges()
  private(set) var firstError: String?
  private(set) var session = Answered()
  private var contradictions = 0
  private var firstContradiction: String?

  init() {}

  mutating func transcribe(bytes: Int) {
    transcribed += 1
    session.chunks += 1
    session.bytes += bytes
  }

  mutating func fail(number: Int, bytes: Int, error: String) {
    failed.insert(number)
    if firstError == nil { firstError = error }
    session.chunks += 1
    session.bytes += bytes
    session.failed.insert(number)
  }

  /// The server does not have the session any more; another takes what it had not answered.
  mutating func lose(_ ledger: Ledger) {
    if session.chunks > 0 { lostSessions += 1 }
    session = Answered()
    note(ledger)
  }

  private mutating func note(_ ledger: Ledger) {
    contradictions += ledger.contradictions
    if firstContradiction == nil { firstContradiction = ledger.firstContradiction }
  }

  /// Compares the recording's chunks with their answers, and this session, the last, with the server's receipt.
  func verdict(spool: Spool, ledger: Ledger, receipt: Receipt?, seconds: Double) -> Verdict {
    var whole = self
    whole.note(ledger)
    let lines = whole.lines(open: spool.open, waiting: spool.waiting, givenUp: spool.givenUp, chunks: spool.chunks)
    var troubles = lines.dropFirst()
    if ledger.acceptedChunks < ledger.sentChunks {
      troubles.append("\(ledger.sentChunks - ledger.acceptedChunks) never acknowledged")
    }
    if let firstContradiction = whole.firstContradiction {
      let more = whole.contradictions > 1 ? " (and \(whole.contradictions - 1) more like it)" : ""
      troubles.append("the server contradicts itself: \(firstContradiction)\(more)")
    }
    let comparison = ledger.comparison(with: receipt, seconds: seconds)
    return Verdict(
      lines: lines.prefix(1) + troubles + comparison.lines, isComplete: troubles.isEmpty && comparison.isComplete)
  }

  /// The sum, then what is wrong.
  private func lines(open: SeqRanges, waiting: SeqRanges, givenUp: SeqRanges, chunks: Int) -> [String] {
    var troubles: [String] = []
    if !open.isEmpty { troubles.append("\(open.count) without an answer: seq \(open)") }
    if !waiting.isEmpty { troubles.append("\(waiting.count) not sent: seq \(waiting)") }
    if !givenUp.isEmpty { troubles.append("\(givenUp.count) given up unsent: seq \(givenUp)") }
    if !failed.isEmpty { troubles.append("\(failed.count) refused: seq \(failed) (\(firstError ?? "no reason"))") }
    return [sum(of: chunks, isWhole: troubles.isEmpty)] + troubles
  }

  private func sum(of chunks: Int, isWhole: Bool) -> String {
    guard chunks > 0 else { return "nothing was sent" }
    guard isWhole else { return "\(transcribed) of \(chunks) chunks answered" }
    var text = chunks == 1 ? "the one chunk answered" : "all \(chunks) chunks answered"
    if breaks > 0 { text += ", though the connection broke \(breaks == 1 ? "once" : "\(breaks) times")" }
    if lostSessions > 0 { text += "; \(transcribed - session.chunks) of them in earlier sessions" }
    return text
  }
}

/// What became of a recording, in words, and whether that is everything that should have become of it.
struct Verdict: Equatable {
  var lines: [String]
  /// Every chunk transcribed, and the server says the same.
  var isComplete: Bool
}
