/// The client's own account of one session: the chunks it sent and their answers.
///
/// A chunk is *open* once sent, and answered by its transcription or by an error that names it. Replies of one kind
/// arrive in the order of `seq`, so a chunk whose successor has been transcribed counts as *overtaken*: missing, unless
/// its answer arrives later. The entry of a chunk is kept only while the chunk is open.
package struct Ledger: Equatable {
  private struct Entry: Equatable {
    var bytes: Int
    var sentAt: Duration
    var isAccepted = false
    var isAnswered = false
  }

  package private(set) var sentChunks = 0
  package private(set) var sentBytes = 0
  package private(set) var acceptedChunks = 0
  package private(set) var transcribedChunks = 0
  /// Answered with an error instead of a transcription.
  package private(set) var failed = SeqRanges()
  private(set) var firstError: String?
  private(set) var overtaken = SeqRanges()
  private(set) var contradictions = Contradictions()
  /// Chunks up to this one are not sent again; nil where the server does not report that.
  private var settledThrough: Int?
  private var entries: [Entry] = []
  /// Entries before this index are answered. They are removed in batches.
  private var first = 0
  /// `seq` of `entries[0]`.
  private var base = 1

  package init() {}

  /// Sent and neither transcribed nor refused, without the overtaken ones.
  package var openChunks: Int { sentChunks - transcribedChunks - failed.count - overtaken.count }

  /// Every chunk up to this seq has its answer.
  var answeredThrough: Int { overtaken.ranges.first.map { $0.lowerBound - 1 } ?? base + first - 1 }

  /// Bytes of the chunks that the server has not acknowledged.
  var unacceptedBytes: Int { entries[first...].reduce(0) { $0 + ($1.isAccepted ? 0 : $1.bytes) } }

  /// Chunks that take memory.
  var keptEntries: Int { entries.count }

  /// Sent and not answered.
  var missing: SeqRanges {
    var seqs = overtaken
    for index in entries.indices.dropFirst(first) where !entries[index].isAnswered { seqs.insert(base + index) }
    return seqs
  }

  /// A chunk is sent. - Returns: its `seq`.
  @discardableResult package mutating func send(bytes: Int, at now: Duration) -> Int {
    sentChunks += 1
    sentBytes += bytes
    entries.append(Entry(bytes: bytes, sentAt: now))
    return sentChunks
  }

  /// The server has the chunk.
  package mutating func accept(seq: Int, chunkBytes: Int) {
    guard let index = index(of: seq) else {
      if seq < 1 || seq > sentChunks { contradictions.add("it acknowledged seq \(seq), which was not sent") }
      return
    }
    guard !entries[index].isAccepted else { return contradictions.add("it acknowledged seq \(seq) twice") }
    entries[index].isAccepted = true
    acceptedChunks += 1
    if entries[index].bytes != chunkBytes {
      contradictions.add("it acknowledged \(chunkBytes) bytes for seq \(seq), which has \(entries[index].bytes)")
    }
  }

  /// Chunks up to `seq` are not needed any more.
  mutating func settle(through seq: Int) {
    settledThrough = max(settledThrough ?? 0, min(seq, answeredThrough))
    forget()
  }

  /// The session is resumed over another connection. The server has the chunks up to `seq`; later ones are sent again,
  /// even if they were answered: a server that was restarted may not have kept its newest ones.
  /// - Returns: false if that is impossible: later chunks were settled, or that many were never sent.
  mutating func resume(after seq: Int) -> Bool {
    guard seq <= sentChunks, seq >= base - 1, seq >= settledThrough ?? answeredThrough else { return false }
    let lost = entries[(seq + 1 - base)...]
    for lostSeq in seq + 1..<max(seq + 1, base + entries.count) where entries[lostSeq - base].isAnswered {
      if !overtaken.remove(lostSeq), !failed.remove(lostSeq) { transcribedChunks -= 1 }
    }
    sentChunks = seq
    sentBytes -= lost.reduce(0) { $0 + $1.bytes }
    acceptedChunks -= lost.count(where: \.isAccepted)
    entries.removeLast(lost.count)
    first = min(first, entries.count)
    // It does not acknowledge these again.
    for index in entries.indices where !entries[index].isAccepted {
      entries[index].isAccepted = true
      acceptedChunks += 1
    }
    return true
  }

  /// What a transcription or an error means for its chunk.
  package enum Answer: Equatable {
    /// The first answer, and how long after the chunk was sent.
    case first(after: Duration)
    /// The first answer, after a later chunk's.
    case late
    /// The chunk was answered before: a final text after a partial one, or the last text repeated at the end.
    case again
    /// The chunk was never sent.
    case unknown

    package var isNew: Bool { self != .again && self != .unknown }
  }

  package mutating func transcribe(seq: Int, at now: Duration) -> Answer {
    let answer = record(answer: seq, at: now)
    guard answer.isNew else { return answer }
    transcribedChunks += 1
    if let index = index(of: seq), answer != .late {
      for earlier in first..<index where !entries[earlier].isAnswered {
        entries[earlier].isAnswered = true
        overtaken.insert(base + earlier)
      }
    }
    forget()
    return answer
  }

  @discardableResult package mutating func fail(seq: Int, error: String, at now: Duration) -> Answer {
    let answer = record(answer: seq, at: now)
    guard answer.isNew else { return answer }
    failed.insert(seq)
    if firstError == nil { firstError = error }
    forget()
    return answer
  }

  private mutating func record(answer seq: Int, at now: Duration) -> Answer {
    guard (1...max(1, sentChunks)).contains(seq), sentChunks > 0 else {
      contradictions.add("it answered seq \(seq), which was not sent")
      return .unknown
    }
    if overtaken.remove(seq) { return .late }
    guard let index = index(of: seq), !entries[index].isAnswered else { return .again }
    entries[index].isAnswered = true
    return .first(after: now - entries[index].sentAt)
  }

  private func index(of seq: Int) -> Int? {
    // Compared before subtracting: the server may send any number.
    seq >= base && seq - base < entries.count ? seq - base : nil
  }

  private mutating func forget() {
    while first < entries.count, entries[first].isAnswered { first += 1 }
    let done = min(first, settledThrough.map { max(0, $0 - base + 1) } ?? first)
    // At least half of them: so each entry is moved once, and a thousand ledgers stay small.
    guard done >= 32, done * 2 >= entries.count else { return }
    entries.removeFirst(done)
    base += done
    first -= done
  }
}
