/// The client's own account of one session: what was sent and what came back for it.
///
/// A chunk is *open* when sent, and settled by its transcription or by an error that names it. Replies of a kind come in
/// the order of `seq`, so a chunk whose successor has been transcribed counts as overtaken: missing, unless its answer
/// comes after all. What is kept for each chunk is kept only while it is open.
struct Ledger: Equatable {
  private struct Entry: Equatable {
    var bytes: Int
    var sentAt: Duration
    var isAccepted = false
    var isSettled = false
  }

  private(set) var sentChunks = 0
  private(set) var sentBytes = 0
  private(set) var acceptedChunks = 0
  private(set) var transcribedChunks = 0
  /// Answered with an error instead of a transcription.
  private(set) var failed = SeqRanges()
  private(set) var firstError: String?
  private(set) var overtaken = SeqRanges()
  /// What the server said that can't be: a size that was not sent, a chunk that was not.
  private(set) var contradictions = 0
  private(set) var firstContradiction: String?
  private var entries: [Entry] = []
  /// Entries before this index are settled; they are thrown away in one go now and then.
  private var first = 0
  /// `seq` of `entries[0]`.
  private var base = 1

  init() {}

  /// Sent and neither transcribed nor refused, without the overtaken.
  var openChunks: Int { sentChunks - transcribedChunks - failed.count - overtaken.count }

  /// The last seq up to which every chunk has its answer.
  var answeredThrough: Int { overtaken.ranges.first.map { $0.lowerBound - 1 } ?? base + first - 1 }

  /// Chunks something is kept of.
  var keptEntries: Int { entries.count }

  /// Sent and not answered.
  var missing: SeqRanges {
    var seqs = overtaken
    for index in entries.indices.dropFirst(first) where !entries[index].isSettled { seqs.insert(base + index) }
    return seqs
  }

  /// A chunk goes out; its `seq`.
  @discardableResult mutating func send(bytes: Int, at now: Duration) -> Int {
    sentChunks += 1
    sentBytes += bytes
    entries.append(Entry(bytes: bytes, sentAt: now))
    return sentChunks
  }

  /// The server has the chunk.
  mutating func accept(seq: Int, chunkBytes: Int) {
    guard let index = index(of: seq) else {
      if seq < 1 || seq > sentChunks { contradict("it acknowledged seq \(seq), which was not sent") }
      return
    }
    guard !entries[index].isAccepted else { return contradict("it acknowledged seq \(seq) twice") }
    entries[index].isAccepted = true
    acceptedChunks += 1
    if entries[index].bytes != chunkBytes {
      contradict("it took \(chunkBytes) bytes for seq \(seq), which has \(entries[index].bytes)")
    }
  }

  /// The session goes on over another connection; the server has the chunks up to `seq`, and what was sent behind it is to
  /// be sent again.
  /// - Returns: false when that can't be: it has answered later ones, or was never sent so many.
  mutating func resume(behind seq: Int) -> Bool {
    guard seq <= sentChunks, seq >= base + first - 1 else { return false }
    let lost = entries[(seq + 1 - base)...]
    guard !lost.contains(where: \.isSettled) else { return false }
    if lost.contains(where: \.isAccepted) {
      contradict("it acknowledged chunks behind seq \(seq) and has them no more")
    }
    sentChunks = seq
    sentBytes -= lost.reduce(0) { $0 + $1.bytes }
    acceptedChunks -= lost.count(where: \.isAccepted)
    entries.removeLast(lost.count)
    // Of what it has, it tells no more that it came.
    for index in entries.indices where !entries[index].isAccepted {
      entries[index].isAccepted = true
      acceptedChunks += 1
    }
    return true
  }

  /// What a transcription or an error was to its chunk.
  enum Answer: Equatable {
    /// The first: so long after the chunk was sent.
    case first(after: Duration)
    /// The first, after a later chunk's.
    case late
    /// The chunk had been answered: a final text after a partial one, or the last one again at the end.
    case again
    /// The chunk was never sent.
    case unknown
  }

  mutating func transcribe(seq: Int, at now: Duration) -> Answer {
    let answer = settle(seq: seq, at: now)
    guard answer != .again, answer != .unknown else { return answer }
    transcribedChunks += 1
    if let index = index(of: seq), answer != .late {
      for earlier in first..<index where !entries[earlier].isSettled {
        entries[earlier].isSettled = true
        overtaken.insert(base + earlier)
      }
    }
    forget()
    return answer
  }

  @discardableResult mutating func fail(seq: Int, error: String, at now: Duration) -> Answer {
    let answer = settle(seq: seq, at: now)
    guard answer != .again, answer != .unknown else { return answer }
    failed.insert(seq)
    if firstError == nil { firstError = error }
    forget()
    return answer
  }

  private mutating func settle(seq: Int, at now: Duration) -> Answer {
    guard (1...max(1, sentChunks)).contains(seq), sentChunks > 0 else {
      contradict("it answered seq \(seq), which was not sent")
      return .unknown
    }
    if overtaken.remove(seq) { return .late }
    guard let index = index(of: seq), !entries[index].isSettled else { return .again }
    entries[index].isSettled = true
    return .first(after: now - entries[index].sentAt)
  }

  private func index(of seq: Int) -> Int? {
    // Compared before it is subtracted: the server may say any number.
    seq >= base && seq - base < entries.count ? seq - base : nil
  }

  private mutating func contradict(_ what: String) {
    contradictions += 1
    if firstContradiction == nil { firstContradiction = what }
  }

  private mutating func forget() {
    while first < entries.count, entries[first].isSettled { first += 1 }
    // Half of them at least: so each is moved once, and a thousand ledgers stay small.
    guard first >= 32, first * 2 >= entries.count else { return }
    entries.removeFirst(first)
    base += first
    first = 0
  }
}
