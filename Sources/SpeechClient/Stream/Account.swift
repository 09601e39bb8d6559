import Contract

/// The result of each chunk of a recording, by its number in it, over all the sessions it took to send them.
///
/// A lost session counts with the chunks that were answered in it and are not sent again. The others belong to the next
/// session.
struct Account: Equatable {
  /// The chunks answered in one session.
  struct Answered: Equatable {
    var chunks = 0
    var bytes = 0
    var failed = SeqRanges()
  }

  /// Sessions before this one in which something was answered.
  private(set) var lostSessions = 0
  /// Connections that broke during a session.
  private var breaks = 0
  /// With a transcription, in this session and earlier ones.
  private(set) var transcribed = 0
  /// With an error instead.
  private(set) var failed = SeqRanges()
  private(set) var firstError: String?
  private(set) var session = Answered()
  /// Chunks that were answered and then sent again, because their words were not final.
  private(set) var resent = 0
  private var contradictions = Contradictions()

  init() {}

  mutating func connectionBroke() { breaks += 1 }

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

  /// These chunks, which were answered, are sent again.
  mutating func takeBack(_ chunks: [(number: Int, bytes: Int)]) {
    resent += chunks.count
    transcribed -= chunks.count
    session.chunks -= chunks.count
    session.bytes -= chunks.reduce(0) { $0 + $1.bytes }
  }

  /// The server no longer has the session. Another one takes the chunks that were not answered.
  mutating func lose(_ ledger: Ledger) {
    if session.chunks > 0 { lostSessions += 1 }
    session = Answered()
    note(ledger)
  }

  private mutating func note(_ ledger: Ledger) {
    contradictions += ledger.contradictions
  }

  /// Compares the chunks of the recording with their answers, and the last session with the server's receipt.
  func verdict(spool: Spool, ledger: Ledger, receipt: Receipt?, seconds: Double) -> Verdict {
    var whole = self
    whole.note(ledger)
    let lines = whole.lines(open: spool.open, waiting: spool.waiting, dropped: spool.dropped, chunks: spool.chunks)
    var troubles = lines.dropFirst()
    if ledger.acceptedChunks < ledger.sentChunks {
      troubles.append("\(ledger.sentChunks - ledger.acceptedChunks) never acknowledged")
    }
    if let first = whole.contradictions.first {
      let more = whole.contradictions.count > 1 ? " (and \(whole.contradictions.count - 1) more like it)" : ""
      troubles.append("the server contradicts itself: \(first)\(more)")
    }
    let comparison = ledger.comparison(with: receipt, seconds: seconds)
    return Verdict(
      lines: lines.prefix(1) + troubles + comparison.lines, isComplete: troubles.isEmpty && comparison.isComplete)
  }

  /// The sum, then the problems.
  private func lines(open: SeqRanges, waiting: SeqRanges, dropped: SeqRanges, chunks: Int) -> [String] {
    var troubles: [String] = []
    if !open.isEmpty { troubles.append("\(open.count) without an answer: seq \(open)") }
    if !waiting.isEmpty { troubles.append("\(waiting.count) not sent: seq \(waiting)") }
    if !dropped.isEmpty { troubles.append("\(dropped.count) dropped unsent: seq \(dropped)") }
    if !failed.isEmpty { troubles.append("\(failed.count) refused: seq \(failed) (\(firstError ?? "no reason"))") }
    return [sum(of: chunks, isWhole: troubles.isEmpty)] + troubles
  }

  private func sum(of chunks: Int, isWhole: Bool) -> String {
    guard chunks > 0 else { return "nothing was sent" }
    guard isWhole else { return "\(transcribed) of \(chunks) chunks answered" }
    var text = chunks == 1 ? "the only chunk answered" : "all \(chunks) chunks answered"
    if breaks > 0 { text += ", though the connection broke \(breaks == 1 ? "once" : "\(breaks) times")" }
    if lostSessions > 0 { text += "; \(transcribed - session.chunks) of them in earlier sessions" }
    if resent > 0 { text += "; \(resent) sent again for words that were not final" }
    return text
  }
}
