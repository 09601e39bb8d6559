internal import Audio
internal import Recognition

/// The audio of a stream that another worker would need: of the chunks without an answer, and of answered ones from the
/// checkpoint on.
public struct AudioHistory: ~Copyable {
  // Not private: the compiler could not lay out sessions in debug builds.
  struct Held: BitwiseCopyable {
    let chunk: StreamChunk
    /// Time of arrival, in seconds; nil if it came to another server.
    let arrival: Double?
  }

  /// Whole sample frames of each chunk.
  private var audio = PieceRing<Held>()
  /// The last chunk that was answered.
  private var answered = 0
  /// Its time of arrival, until that is asked for.
  private var answeredArrival: Double?
  /// The last chunk that is no longer kept, and the frame where it ended.
  private var dropped = (seq: 0, end: 0)
  private var reached = Settled()
  /// With a journal: the last chunk that a server would still have that starts anew.
  var journaled: Int?
  /// What chunks take that were answered, and are kept for a replacement worker alone.
  public private(set) var replayBytes = 0
  /// As many as are kept of those at most.
  private var longestFrames = 0
  /// The client was told that audio is missing that a replacement worker would need.
  private var isCutReported = false

  init() {}

  /// How much no recognizer needs any more. What the journal lacks has to be sent again after a crash.
  var settled: Settled {
    guard let journaled, reached.seq > journaled else { return reached }
    return Settled(seq: journaled)
  }

  /// A chunk takes so much besides its samples, however few there are: its place in a queue that doubles.
  static let chunkBytes = 128

  public var bytes: Int { audio.count + audio.pieces.count * Self.chunkBytes }
  /// Where the oldest chunk that is kept begins; nil if none is.
  var startFrame: Int? { first?.startFrame }

  private var first: StreamChunk? { audio.pieces.first?.label.chunk }

  /// Chunk `seq`, if it is kept.
  func chunk(_ seq: Int) -> StreamChunk? { index(of: seq).map { audio.pieces[$0].label.chunk } }

  private func index(of seq: Int) -> Int? {
    guard let first, audio.pieces.indices.contains(seq - first.seq) else { return nil }
    return seq - first.seq
  }

  /// - Parameter arrival: when it came, in seconds; nil if it came to another server.
  mutating func append(
    _ chunk: StreamChunk, sampleRate: Int, arrival: Double?, carried: UnsafeRawBufferPointer,
    samples: UnsafeRawBufferPointer
  ) {
    longestFrames = StreamLimits.replaySeconds * sampleRate
    audio.append(carried, samples, label: Held(chunk: chunk, arrival: arrival))
  }

  /// Chunk `seq` was answered. The recognizer needs nothing before `checkpoint`, and nothing that was answered without
  /// one.
  mutating func answered(seq: Int, checkpoint: Checkpoint?) {
    while answered < seq {
      answered += 1
      answeredArrival = nil
      guard let index = index(of: answered) else { continue }
      replayBytes += bytes(at: index)
      answeredArrival = audio.pieces[index].label.arrival
    }
    dropUnneeded(checkpoint)
  }

  /// Arrival of the chunk that was answered last; nil if that was told, or is not known.
  mutating func takeAnsweredArrival() -> Double? {
    defer { answeredArrival = nil }
    return answeredArrival
  }

  mutating func dropUnneeded(_ checkpoint: Checkpoint?) {
    while let first, first.seq <= answered, !isNeeded(first, checkpoint) {
      removeFirst(first)
    }
    // Audio that was dropped for want of memory is settled once the checkpoint has passed it.
    guard let checkpoint else {
      reached = Settled(seq: dropped.seq)
      return
    }
    let frames = Int(checkpoint.frame) - dropped.end
    if frames >= 0 { reached = Settled(seq: dropped.seq, frames: frames, isOpen: checkpoint.isOpen) }
  }

  private mutating func removeFirst(_ first: StreamChunk) {
    replayBytes -= bytes(at: 0)
    audio.removeFirst()
    dropped = (first.seq, first.startFrame + first.frames)
  }

  private func bytes(at index: Int) -> Int { audio.pieces[index].count + Self.chunkBytes }

  /// Drops what was answered: memory is short.
  mutating func dropReplay() { while let first, first.seq <= answered { removeFirst(first) } }

  /// The frames that a worker would lack that began at this checkpoint, because they were dropped.
  func missing(from checkpoint: Checkpoint?) -> Range<Int>? {
    guard let checkpoint, Int(checkpoint.frame) < dropped.end else { return nil }
    return Int(checkpoint.frame)..<dropped.end
  }

  /// The last chunk that was dropped and the frames that are missing, if some are since this was last asked.
  mutating func takeCut(_ checkpoint: Checkpoint?) -> (seq: Int, frames: Range<Int>)? {
    let missing = missing(from: checkpoint)
    defer { isCutReported = missing != nil }
    return isCutReported ? nil : missing.map { (dropped.seq, $0) }
  }

  private func isNeeded(_ chunk: StreamChunk, _ checkpoint: Checkpoint?) -> Bool {
    guard let checkpoint else { return false }
    let end = chunk.startFrame + chunk.frames
    let newest = audio.pieces[audio.pieces.count - 1].label.chunk
    return end > Int(checkpoint.frame) && replayBytes <= StreamLimits.replayBytes
      && newest.startFrame + newest.frames - end < longestFrames
  }

  /// No worker gets any of it again: nothing up to chunk `seq` is answered any more, or kept.
  /// - Parameter end: the frame where that chunk ends.
  mutating func abandon(through seq: Int, end: Int) {
    let (reached, journaled) = (reached, journaled)
    self = AudioHistory()
    (self.reached, self.journaled) = (reached, journaled)
    answered = seq
    dropped = (seq, end)
  }

  /// Returns memory that a burst had needed.
  mutating func trim() { audio.trim() }

  /// Replaces the audio of chunk `seq` by zeros.
  mutating func silence(seq: Int) {
    if let index = index(of: seq) { audio.silence(index..<index + 1) }
  }

  /// Replaces all answered audio by zeros; the frame where it ends, nil if there is none.
  mutating func silenceAnswered() -> Int? {
    let done = context
    audio.silence(0..<done.count)
    return done.last.map { $0.startFrame + $0.frames }
  }

  /// The chunks that were answered and are kept for context.
  var context: some BidirectionalCollection<StreamChunk> { chunks.prefix { $0.seq <= answered } }

  /// The chunks without an answer.
  var unanswered: some BidirectionalCollection<StreamChunk> { chunks.drop { $0.seq <= answered } }

  private var chunks: some BidirectionalCollection<StreamChunk> { audio.pieces.lazy.map(\.label.chunk) }

  /// Calls `body` with the audio of chunk `seq`, which must be kept.
  public func withAudio(of seq: Int, _ body: (UnsafeRawBufferPointer) -> Void) {
    guard let index = index(of: seq) else {
      preconditionFailure("The audio of a chunk was wanted that is no longer kept.")
    }
    audio.withPiece(index, body)
  }

  // MARK: State

  /// The first chunk that is kept, or would be.
  var firstKept: Int { dropped.seq + 1 }

  func isAnswered(through seq: Int) -> Bool { answered == seq }

  /// Writes everything but the chunks.
  func write(to writer: inout StateWriter) {
    writer.add(answered)
    writer.add(dropped.seq)
    writer.add(dropped.end)
    writer.add(reached.seq)
    writer.add(reached.frames)
    writer.add(reached.isOpen)
  }

  /// Writes the chunks after `seq`; returns the last one there is, `seq` if that is none.
  func writeChunks(after seq: Int, withAudio: Bool, to writer: inout StateWriter) -> Int {
    guard let last = audio.pieces.last?.label.chunk, last.seq > seq, let first else { return seq }
    for index in max(0, seq + 1 - first.seq)..<audio.pieces.count {
      writer.add(StateRecord.chunk.rawValue)
      writer.part { writer in
        writer.add(audio.pieces[index].label.chunk)
        if withAudio {
          audio.withPiece(index) { writer.add($0) }
        } else {
          writer.add(UnsafeRawBufferPointer(start: nil, count: 0))
        }
      }
    }
    return last.seq
  }

  init(
    from reader: inout StateReader, chunks: [(chunk: StreamChunk, audio: ArraySlice<UInt8>)], sampleRate: Int
  ) throws(StateError) {
    answered = try reader.count()
    dropped = (try reader.count(), try reader.count())
    reached = Settled(seq: try reader.count(), frames: try reader.count(), isOpen: try reader.flag())
    for (chunk, bytes) in chunks where chunk.seq > dropped.seq {
      bytes.withUnsafeBytes {
        append(
          chunk, sampleRate: sampleRate, arrival: nil, carried: UnsafeRawBufferPointer(start: nil, count: 0),
          samples: $0)
      }
      if chunk.seq <= answered { replayBytes += self.bytes(at: audio.pieces.count - 1) }
    }
  }
}
