import Metering
import Wire
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

  /// What the worker has still to answer, in the order it will.
  private enum Awaited {
    case chunk(seq: Int, bytes: Int)
    case ending(Ending, seq: Int)
  }

  let clientID: Int
  private(set) var state = State.open
  private(set) var parameters: StreamParameters
  private(set) var layout: StreamLayout

  private(set) var chunks = 0
  private(set) var bytes = 0
  private(set) var processed = 0
  private(set) var dropped = 0
  private(set) var levels = Levels()
  private(set) var segments = SegmentLog()
  private(set) var inFlightChunks = 0
  private(set) var inFlightBytes = 0
  private var awaited = Fifo<Awaited>()

  init(clientID: Int, parameters: StreamParameters) {
    self.clientID = clientID
    self.parameters = parameters
    layout = StreamLayout(format: parameters.format)
  }

  /// Whether the client is ahead by as much as it may be: its socket is not to be read for now.
  var isFull: Bool { inFlightChunks >= Limits.inFlightChunks || inFlightBytes >= Limits.inFlightBytes }

  /// Whether a paused client may be read again: only well below the limit, so that it doesn't change at every chunk.
  var hasRoom: Bool { inFlightChunks <= Limits.inFlightChunks / 2 && inFlightBytes <= Limits.inFlightBytes / 2 }

  /// Whether anything is still to be answered.
  var isWaiting: Bool { !awaited.isEmpty }

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
      awaited.append(.chunk(seq: chunks, bytes: chunk.count))
      inFlightChunks += 1
      inFlightBytes += chunk.count
      return .measure(seq: chunks, placement: placement)
    } catch {
      dropped += 1
      state = .stopping
      let ending = Ending.unsupported(seq: chunks, error)
      let last = chunks - 1
      guard isWaiting else { return .unsupported(seq: chunks, .finished(ending, seq: last)) }
      awaited.append(.ending(ending, seq: last))
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
      return refuse("resume: sessions can't be resumed here; start without it")
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
    awaited.append(.ending(ending, seq: chunks))
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
  mutating func heard(_ segments: UnsafeRawBufferPointer?, partialsShed: Int, settledSegments: Int) {
    self.segments.take(segments, shed: partialsShed, settled: settledSegments)
  }

  /// The worker can't make a reply for chunk `seq`, or there is no worker.
  mutating func failed(seq: Int) -> AnswerAction {
    guard takeChunk(seq) else { return .unexpected }
    dropped += 1
    return .deliver
  }

  /// The worker has finished what was open behind chunk `seq`.
  mutating func finished(seq: Int) -> AnswerAction {
    guard case .ending(let ending, seq)? = awaited.first else { return .unexpected }
    _ = awaited.popFirst()
    return .finished(ending, seq: seq)
  }

  private mutating func takeChunk(_ seq: Int) -> Bool {
    guard case .chunk(seq, let bytes)? = awaited.first else { return false }
    _ = awaited.popFirst()
    inFlightChunks -= 1
    inFlightBytes -= bytes
    return true
  }

  // MARK: Ends

  enum Loss: Equatable {
    /// Chunk `seq` will not be answered: tell the client.
    case chunk(seq: Int)
    case finished(Ending, seq: Int)
  }

  /// The worker died: what it had is dropped, and what waited behind it is answered, in order. The stream goes on.
  mutating func workerLost() -> [Loss] {
    let lost = awaited.takeAll()
    segments.workerLost()
    dropped += inFlightChunks
    inFlightChunks = 0
    inFlightBytes = 0
    return lost.map { item in
      switch item {
      case .chunk(let seq, _): .chunk(seq: seq)
      case .ending(let ending, let seq): .finished(ending, seq: seq)
      }
    }
  }

  /// The connection is gone or about to be closed: nothing more is taken or delivered; what was queued is dropped.
  mutating func end() {
    state = .ended
    _ = workerLost()
  }

  func receipt(sha256: String) -> Receipt {
    let recognises = Engine(rawValue: parameters.engine) == .speech
    return Receipt(
      clientID: clientID, chunks: chunks, bytes: bytes, duration: layout.seconds, rms: levels.rms, peak: levels.peak,
      clipped: levels.clipped, sha256: sha256, processed: processed, dropped: dropped, replayed: 0,
      segments: recognises ? segments.segments : nil, partialsShed: recognises ? segments.partialsShed : nil)
  }
}
