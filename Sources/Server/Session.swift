import Audio
import Contract
import JSON
import Platform
import Recognition
import WorkerLink

/// One client's stream as the server accounts for it: what came, what is with the worker, what was answered.
///
/// States: *open*, chunks come and go; *stopping*, the client asked for its receipt and what it sends now is refused;
/// *ended*, the receipt is out or the connection gone. Only forward.
///
/// `chunks == processed + dropped + inFlightChunks` is true between any two events.
struct Session {
  enum State: Equatable { case open, stopping, ended }

  /// What follows behind a client's chunks: what it waits for, or why its stream can't go on.
  enum Ending: Equatable {
    case flush, stop
    case unsupported(seq: Int, WaveHeaderError)
  }

  let clientID: Int
  private(set) var state = State.open
  private(set) var parameters: StreamParameters
  private(set) var layout: StreamLayout

  private(set) var chunks = 0
  private(set) var bytes = 0
  private(set) var processed = 0
  private(set) var dropped = 0
  /// Chunks given to a worker once more because the one before died.
  private(set) var replayed = 0
  private(set) var levels = Levels()
  private(set) var segments = SegmentLog()
  private(set) var inFlightChunks = 0
  private(set) var inFlightBytes = 0
  /// The last chunk that was answered, by a worker or with an error.
  private(set) var lastAnswered = 0
  /// What a worker has still to answer: each kind is answered in its order, an ending perhaps later than chunks that came after it.
  private var awaitedChunks = Deque<(seq: Int, bytes: Int)>()
  private var awaitedEndings = Deque<(ending: Ending, seq: Int)>()

  init(clientID: Int, parameters: StreamParameters) {
    self.clientID = clientID
    self.parameters = parameters
    layout = StreamLayout(format: parameters.format)
  }

  /// Whether the client is ahead by as much as it may be: its socket is not to be read for now.
  var isFull: Bool { inFlightChunks >= StreamLimits.inFlightChunks || inFlightBytes >= StreamLimits.inFlightBytes }

  /// Whether a paused client may be read again: only well below the limit, so that it doesn't change at every chunk.
  var hasRoom: Bool {
    inFlightChunks <= StreamLimits.inFlightChunks / 2 && inFlightBytes <= StreamLimits.inFlightBytes / 2
  }

  /// Whether anything is still to be answered.
  var isWaiting: Bool { !awaitedChunks.isEmpty || !awaitedEndings.isEmpty }

  /// From where another worker would need the stream's sound; nil when it needs none of what was answered.
  var checkpoint: Checkpoint? { segments.checkpoint }

  // MARK: A chunk

  enum ChunkAction {
    /// Acknowledge it and have the worker measure it.
    case measure(seq: Int, placement: StreamLayout.Placement)
    /// It has no bytes: say that a chunk or text was expected.
    case empty
    /// The stream is over for its sender.
    case refuse(String)
    /// Acknowledge it; it can't be understood, and the stream ends once what came before is answered.
    case unsupported(seq: Int, ControlAction)
  }

  mutating func receive(_ chunk: UnsafeRawBufferPointer) -> ChunkAction {
    guard state == .open else { return .refuse("The stream was stopped: a new connection takes more chunks") }
    guard !chunk.isEmpty else { return .empty }
    chunks += 1
    bytes += chunk.count
    do throws(WaveHeaderError) {
      let placement = try layout.take(chunk)
      parameters.format = layout.format
      awaitedChunks.append((chunks, chunk.count))
      inFlightChunks += 1
      inFlightBytes += chunk.count
      return .measure(seq: chunks, placement: placement)
    } catch {
      dropped += 1
      state = .stopping
      let ending = Ending.unsupported(seq: chunks, error)
      let last = chunks - 1
      guard isWaiting else { return .unsupported(seq: chunks, .finished(ending, seq: last)) }
      awaitedEndings.append((ending, last))
      return .unsupported(seq: chunks, .finish(seq: last))
    }
  }

  // MARK: A control message

  enum ControlAction: Equatable {
    case reply(ServerMessage)
    /// The worker is to finish what is open behind chunk `seq`.
    case finish(seq: Int)
    /// There is nothing to finish: answer at once.
    case finished(Ending, seq: Int)
  }

  /// `session` is the token told to the client.
  mutating func control(_ message: ControlMessage, session: String, engines: EngineStates) -> ControlAction {
    switch message {
    case .ping(let id): return .reply(.pong(id: id))
    case .start(let wish): return .reply(start(wish, session: session, engines: engines))
    case .flush: return end(with: .flush)
    case .stop: return end(with: .stop)
    }
  }

  private mutating func start(_ wish: JSONValue, session: String, engines: EngineStates) -> ServerMessage {
    func refuse(_ error: String) -> ServerMessage { .failure(error: error, code: nil, seq: nil) }
    guard state == .open else { return refuse("start: the stream was stopped") }
    guard chunks == 0 else { return refuse("start: only before the first chunk; \(chunks) have come") }
    if let resume = wish["resume"], resume != .null {
      return refuse("resume: \(resume.text.shortened) was given; allowed is the name of a session, as started has it")
    }
    var wanted = parameters
    do throws(ParameterError) {
      try wanted.set(from: wish, engines: engines.names)
    } catch {
      return refuse(error.description)
    }
    if let problem = engines.refusal(wanted.engine) { return refuse(problem) }
    parameters = wanted
    layout = StreamLayout(format: parameters.format)
    return .started(clientID: clientID, session: session, parameters: parameters)
  }

  private mutating func end(with ending: Ending) -> ControlAction {
    guard state == .open else {
      return .reply(.failure(error: "The stream was stopped already", code: nil, seq: nil))
    }
    if ending == .stop { state = .stopping }
    guard chunks > 0 else { return .finished(ending, seq: 0) }
    awaitedEndings.append((ending, chunks))
    return .finish(seq: chunks)
  }

  // MARK: The worker's answers

  enum AnswerAction: Equatable {
    /// Hand the worker's text on.
    case deliver
    /// Hand the worker's text on if there is any, then answer what the client waited for.
    case finished(Ending, seq: Int)
    /// Nothing of the kind is awaited: the worker is out of step and to be replaced.
    case unexpected
  }

  /// The worker measured chunk `seq`.
  mutating func measured(seq: Int, levels: Levels) -> AnswerAction {
    guard takeChunk(seq) else { return .unexpected }
    processed += 1
    self.levels.add(levels)
    return .deliver
  }

  /// What came with a worker's reply: segments that became final, and where it stands.
  mutating func heard(_ segments: UnsafeRawBufferPointer?, partialsShed: Int, checkpoint: Checkpoint?) {
    self.segments.take(segments, shed: partialsShed, checkpoint: checkpoint)
  }

  /// The worker can't make a reply for chunk `seq`, or there is no worker.
  mutating func failed(seq: Int) -> AnswerAction {
    guard takeChunk(seq) else { return .unexpected }
    dropped += 1
    return .deliver
  }

  /// The worker has finished what was open behind chunk `seq`.
  mutating func finished(seq: Int) -> AnswerAction {
    guard let first = awaitedEndings.first, first.seq == seq, awaitedChunks.first.map({ $0.seq > seq }) ?? true else {
      return .unexpected
    }
    _ = awaitedEndings.popFirst()
    return .finished(first.ending, seq: seq)
  }

  private mutating func takeChunk(_ seq: Int) -> Bool {
    guard let first = awaitedChunks.first, first.seq == seq else { return false }
    _ = awaitedChunks.popFirst()
    lastAnswered = seq
    inFlightChunks -= 1
    inFlightBytes -= first.bytes
    return true
  }

  // MARK: Ends

  enum Loss: Equatable {
    /// Chunk `seq` will not be answered: tell the client.
    case chunk(seq: Int)
    case finished(Ending, seq: Int)
  }

  /// The worker died, which had been sent the chunks up to `sent`: those it had not answered, which the next one is to have.
  mutating func workerLost(sent: Int) -> ClosedRange<Int>? {
    segments.workerLost()
    guard let first = awaitedChunks.first, first.seq <= sent else { return nil }
    return first.seq...min(sent, lastTaken)
  }

  /// A chunk was given to a worker once more.
  mutating func replay() { replayed += 1 }

  /// The last chunk there is for a worker.
  var lastTaken: Int { lastAnswered + inFlightChunks }

  /// No engine is to have the sound before `frame` again.
  mutating func giveUpSound(before frame: Int) { segments.giveUpSound(before: frame) }

  /// How many endings wait behind chunk `seq`.
  func endings(behind seq: Int) -> Int {
    awaitedEndings.count { $0.seq == seq }
  }

  /// No worker will answer any more: what waited is dropped, and what waited behind it is answered, in order.
  mutating func abandon() -> [Loss] {
    var losses: [Loss] = []
    let endings = awaitedEndings.takeAll()
    var next = endings.startIndex
    func end(before seq: Int) {
      while next < endings.endIndex, endings[next].seq < seq {
        losses.append(.finished(endings[next].ending, seq: endings[next].seq))
        next += 1
      }
    }
    for chunk in awaitedChunks.takeAll() {
      end(before: chunk.seq)
      losses.append(.chunk(seq: chunk.seq))
    }
    end(before: .max)
    dropped += inFlightChunks
    inFlightChunks = 0
    inFlightBytes = 0
    return losses
  }

  /// The connection is gone or about to be closed: nothing more is taken or delivered; what was queued is dropped.
  mutating func end() {
    state = .ended
    _ = abandon()
  }

  func receipt(sha256: String) -> Receipt {
    let recognises = Engine(rawValue: parameters.engine) == .speech
    return Receipt(
      clientID: clientID, chunks: chunks, bytes: bytes, duration: layout.seconds, rms: levels.rms, peak: levels.peak,
      clipped: levels.clipped, sha256: sha256, processed: processed, dropped: dropped, replayed: replayed,
      segments: recognises ? segments.segments : nil, partialsShed: recognises ? segments.partialsShed : nil)
  }
}
