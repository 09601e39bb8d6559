public import Audio
public import Recognition

/// The account of one stream: what was received, what is in flight, what was answered.
///
/// Every chunk is processed, dropped or in flight between any two events; the history has those in flight.
public struct StreamAccount {
  /// Only forward.
  public enum Phase: Equatable, Sendable {
    /// Chunks are taken and answered.
    case open
    /// A chunk was refused because the server is shutting down: what follows is refused too, and there is no receipt,
    /// because it would be one of an incomplete stream.
    case refusing
    /// The client asked for its receipt, has closed, or sent a header that can't be read: no more chunks are taken.
    case stopping
    /// Nothing is taken or answered; nil if the client left first.
    indirect case ended(CloseReason?)
  }

  /// What follows after a chunk: a request of the client, or why its stream can't go on.
  enum Ending: Equatable {
    case flush, stop
    /// The client has closed and does not return.
    case leave
    /// The server is shutting down, and the client does not keep what is not settled.
    case goingAway
    case unsupported(seq: Int, WaveHeaderError)
  }

  public private(set) var request: StreamRequest
  public private(set) var phase = Phase.open
  public private(set) var totals = StreamTotals()
  /// Of the chunks that were measured.
  public private(set) var levels = Levels()
  public private(set) var inFlightBytes = 0
  /// The last chunk that was answered, silent if that was an error; number 0 before the first.
  private var last = ChunkMeasure(seq: 0, start: 0, duration: 0, levels: Levels())
  private var layout: StreamLayout
  /// Nil until there is one.
  @Boxed private var endings: Endings?

  private struct Endings {
    /// Each is answered in order; perhaps later than chunks that arrived after it.
    var awaited: [(ending: Ending, seq: Int)] = []
    /// The last chunk before each of them, as far as it was answered.
    var measures: [Int: ChunkMeasure] = [:]
    /// Everything up to this chunk was decoded for an ending, and what that ending was given; 0 before the first.
    var decoded: (seq: Int, last: ChunkMeasure?) = (0, nil)
  }

  init(_ request: StreamRequest) {
    self.request = request
    layout = StreamLayout(format: request.format)
  }

  public var hasEnded: Bool { if case .ended = phase { true } else { false } }
  /// Whether the receipt was made.
  public var isComplete: Bool { phase == .ended(.complete) }
  /// The last chunk that was answered, with a result or an error; 0 before the first.
  public var lastAnswered: Int { last.seq }
  private var lastMeasure: ChunkMeasure? { last.seq > 0 ? last : nil }
  /// Chunks that are to be answered, from the one after the last that was.
  public var inFlightChunks: Int { totals.chunks - totals.processed - totals.dropped }
  /// Seconds of audio received.
  public var seconds: Double { layout.seconds }
  /// Sample frames of audio received.
  var frames: Int { layout.frames }
  /// Seconds of audio that were answered.
  var answeredSeconds: Double { last.start + last.duration }
  var lastLevels: Levels? { lastMeasure?.levels }
  /// Whether anything is still to be answered.
  public var isAwaiting: Bool { awaitedMessages > 0 }
  /// The last chunk there is for a worker.
  var lastTaken: Int { lastAnswered + inFlightChunks }

  /// Chunks and endings that wait for an answer: each costs the worker something.
  private var awaitedMessages: Int { inFlightChunks + (endings?.awaited.count ?? 0) }

  /// Whether as much is in flight as may be.
  public var isFull: Bool {
    awaitedMessages >= StreamLimits.inFlightChunks || inFlightBytes >= StreamLimits.inFlightBytes
  }

  /// Whether a paused client may be read again: well below the limit, so that it doesn't change with every chunk.
  var hasRoom: Bool {
    awaitedMessages <= StreamLimits.inFlightChunks / 2 && inFlightBytes <= StreamLimits.inFlightBytes / 2
  }

  // MARK: Refusals

  /// Why a chunk of these bytes is not taken.
  // Inlined: a call would copy the account, 352 bytes a chunk.
  @inline(__always)
  func chunkRefusal(_ bytes: UnsafeRawBufferPointer) -> MessageRefusal? {
    switch phase {
    case .open where bytes.isEmpty: .emptyChunk
    // More than a frame of the worker link carries.
    case .open: bytes.count > StreamLayout.largestChunkBytes ? .chunkTooLarge(bytes: bytes.count) : nil
    case .refusing: .chunkDuringShutdown
    case .stopping, .ended: .chunkAfterStop
    }
  }

  var startRefusal: MessageRefusal? {
    guard phase == .open else { return .startAfterStop }
    return totals.chunks == 0 ? nil : .startAfterChunks(totals.chunks)
  }

  /// Why a flush or stop has no effect.
  var endRefusal: MessageRefusal? {
    switch phase {
    case .open: nil
    case .refusing: .endDuringShutdown
    case .stopping, .ended: .alreadyStopped
    }
  }

  // MARK: From the client

  enum Intake {
    case taken(StreamChunk, StreamLayout.Placement)
    /// It took its number, but nothing from here on can be understood.
    case unsupported(seq: Int, WaveHeaderError)
  }

  /// Takes a chunk; the phase must be open.
  // Inlined: a call would copy the intake.
  @inline(__always)
  mutating func receive(_ bytes: UnsafeRawBufferPointer) -> Intake {
    precondition(phase == .open, "A chunk was taken from a stream that is not open.")
    totals.chunks += 1
    totals.bytes += bytes.count
    do throws(WaveHeaderError) {
      let placement = try layout.take(bytes)
      request.format = layout.format
      let chunk = StreamChunk(
        seq: totals.chunks, startFrame: placement.startFrame, frames: placement.frames, bytes: bytes.count)
      inFlightBytes += bytes.count
      return .taken(chunk, placement)
    } catch {
      totals.dropped += 1
      phase = .stopping
      return .unsupported(seq: totals.chunks, error)
    }
  }

  /// The server takes no more chunks.
  mutating func refuseChunks() { if phase == .open { phase = .refusing } }

  /// The client says what kind of stream it sends; nothing was received yet.
  mutating func start(_ request: StreamRequest) {
    self.request = request
    layout = StreamLayout(format: request.format)
  }

  enum EndingIntake: Equatable {
    /// Everything before it is decoded; `last` as in `StreamEvent.flushed`.
    case done(seq: Int, last: ChunkMeasure?)
    /// The worker has to decode everything up to this chunk.
    case decode(seq: Int)
    /// The worker was asked for that already.
    case asked
  }

  /// An ending after everything received.
  mutating func append(_ ending: Ending) -> EndingIntake {
    var seq = totals.chunks
    switch ending {
    case .stop, .leave: phase = .stopping
    case .unsupported(let refused, _):
      phase = .stopping
      seq = refused - 1
    case .flush, .goingAway: break
    }
    var endings = endings ?? Endings()
    if endings.awaited.isEmpty, seq == endings.decoded.seq { return .done(seq: seq, last: endings.decoded.last) }
    let isAsked = endings.awaited.last.map { $0.seq == seq } ?? false
    endings.awaited.append((ending, seq))
    if seq == lastAnswered { endings.measures[seq] = lastMeasure }
    self.endings = endings
    return isAsked ? .asked : .decode(seq: seq)
  }

  // MARK: From the worker

  /// A chunk was measured; nil if it is not the next one.
  @inline(__always)
  mutating func measured(_ chunk: StreamChunk, levels: Levels) -> ChunkMeasure? {
    guard let measure = answer(chunk, levels) else { return nil }
    totals.processed += 1
    self.levels.add(levels)
    return measure
  }

  /// A chunk will not be measured; false if it is not the next one.
  mutating func failed(_ chunk: StreamChunk) -> Bool {
    guard answer(chunk, Levels()) != nil else { return false }
    totals.dropped += 1
    return true
  }

  // Inlined: a call would copy the measure before it is in memory, and wait for that.
  @inline(__always)
  private mutating func answer(_ chunk: StreamChunk, _ levels: Levels) -> ChunkMeasure? {
    guard inFlightChunks > 0, chunk.seq == lastAnswered + 1 else { return nil }
    inFlightBytes -= chunk.bytes
    let measure = ChunkMeasure(chunk, request.format, levels)
    last = measure
    if hasEnding(after: chunk.seq) { endings?.measures[chunk.seq] = measure }
    return measure
  }

  /// Everything up to chunk `seq` is decoded: the endings that wait there, with that chunk; nil if none does.
  mutating func finished(seq: Int) -> (endings: [Ending], last: ChunkMeasure?)? {
    guard var waiting = endings, waiting.awaited.first?.seq == seq, inFlightChunks == 0 || lastAnswered >= seq
    else { return nil }
    let done = waiting.awaited.prefix { $0.seq == seq }.map(\.ending)
    waiting.awaited.removeFirst(done.count)
    waiting.decoded = (seq, waiting.measures.removeValue(forKey: seq))
    endings = waiting
    return (done, waiting.decoded.last)
  }

  /// Whether an ending waits after chunk `seq`.
  // Inlined: a call would copy the account.
  @inline(__always)
  func hasEnding(after seq: Int) -> Bool { endings?.awaited.contains { $0.seq == seq } ?? false }

  /// The chunks before `seq` after which endings wait.
  func endings(before seq: Int) -> [Int] {
    var seqs: [Int] = []
    for ending in endings?.awaited ?? [] where ending.seq < seq && ending.seq != seqs.last { seqs.append(ending.seq) }
    return seqs
  }

  /// The unanswered ones of the chunks that a worker was sent, up to `sent`.
  func unanswered(upTo sent: Int) -> ClosedRange<Int>? {
    let first = lastAnswered + 1
    guard inFlightChunks > 0, first <= sent else { return nil }
    return first...min(sent, lastTaken)
  }

  mutating func replayed() { totals.replayed += 1 }

  // MARK: State

  /// Whether it can be written now: what kind of stream it is is certain, or is to be said yet, and it is not ending
  /// without its client.
  public var isWritable: Bool {
    (layout.isCertain || totals.chunks == 0) && phase.code != nil
      && endings?.awaited.allSatisfy { $0.ending.code != nil } ?? true
  }

  /// Writes everything but the chunks in flight; it must be writable.
  func write(to writer: inout StateWriter) {
    let begin = StreamLayout.Saved(format: layout.format, frames: 0, remaining: nil, carried: [])
    guard let layout = totals.chunks == 0 ? begin : layout.saved, let phase = phase.code else {
      preconditionFailure("An account was written that is not writable.")
    }
    writer.add(request)
    writer.add(phase)
    writer.add(layout)
    writer.add(totals)
    writer.add(levels)
    writer.add(lastAnswered)
    writer.add(lastMeasure) { $0.add($1) }
    let endings = endings ?? Endings()
    writer.add(endings.awaited) {
      $0.add($1.ending.code ?? 0)
      $0.add($1.seq)
    }
    writer.add(endings.measures) {
      $0.add($1.key)
      $0.add($1.value)
    }
    writer.add(endings.decoded.seq)
    writer.add(endings.decoded.last) { $0.add($1) }
  }

  /// - Parameter chunks: those kept, in order; the ones after the last answered are in flight.
  init(from reader: inout StateReader, chunks: [StreamChunk]) throws(StateError) {
    request = try reader.request()
    phase = try Phase(code: reader.integer())
    guard let layout = StreamLayout(try reader.layout()) else { throw StateError() }
    self.layout = layout
    totals = try reader.totals()
    if totals.chunks == 0 { self.layout = StreamLayout(format: request.format) }
    levels = try reader.levels()
    let answered = try reader.count()
    if let measure = try reader.optional({ reader throws(StateError) in try reader.measure() }) { last = measure }
    guard lastAnswered == answered else { throw StateError() }
    var endings = Endings()
    endings.awaited = try reader.array { reader throws(StateError) in
      (try Ending(code: reader.integer()), try reader.count())
    }
    for (seq, measure) in try reader.array({ reader throws(StateError) in
      (try reader.count(), try reader.measure())
    }) { endings.measures[seq] = measure }
    endings.decoded = (try reader.count(), try reader.optional { reader throws(StateError) in try reader.measure() })
    if !endings.awaited.isEmpty || endings.decoded.seq > 0 { self.endings = endings }
    var lastTaken = lastAnswered
    for chunk in chunks where chunk.seq > lastAnswered {
      lastTaken += 1
      guard chunk.seq == lastTaken else { throw StateError() }
      inFlightBytes += chunk.bytes
    }
    guard inFlightChunks == lastTaken - lastAnswered else { throw StateError() }
  }

  // MARK: The end

  enum Loss: Equatable {
    case chunk(seq: Int)
    case ending(Ending, seq: Int)
  }

  /// No worker will answer: drops what is in flight and returns it with the endings between, in order.
  mutating func abandon() -> [Loss] {
    var losses: [Loss] = []
    var lost = lastAnswered
    func lose(through seq: Int) {
      while lost < seq {
        lost += 1
        losses.append(.chunk(seq: lost))
      }
    }
    let end = lastTaken
    if inFlightChunks > 0 { last = ChunkMeasure(seq: end, start: seconds, duration: 0, levels: Levels()) }
    totals.dropped += inFlightChunks
    inFlightBytes = 0
    for (ending, seq) in endings?.awaited ?? [] {
      lose(through: min(seq, end))
      losses.append(.ending(ending, seq: seq))
    }
    endings?.awaited = []
    lose(through: end)
    return losses
  }

  /// The stream is over; drops what is in flight.
  mutating func end(_ reason: CloseReason?) {
    _ = abandon()
    phase = .ended(reason)
  }
}
