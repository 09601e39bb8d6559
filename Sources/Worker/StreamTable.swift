internal import Audio
internal import JSON
internal import Recognition
internal import WorkerLink

/// The streams on this worker and the answer to every request. No sockets here: requests in, frames out.
struct StreamTable: ~Copyable {
  let finished: FinishedQueue
  /// Streams held: those with a chunk and no `end` yet.
  var count: Int { streams.count }
  /// Finishes asked of an engine and not answered yet.
  private(set) var pendingFinishes = 0

  /// The state of each engine, a JSON array.
  var engineStates: String { engines.report.text }

  private var streams: [UInt64: StreamRunner] = [:]
  private let engines: Engines
  private var json = JSONObject()

  init(engines: Engines) throws(WorkerLinkError) {
    self.engines = engines
    finished = try FinishedQueue()
  }

  /// Answers one request; returns false for `shutdown`.
  mutating func handle(_ request: WorkerRequest, into writer: inout FrameWriter) -> Bool {
    switch request {
    case .chunk(let header, let bytes): take(header, bytes, &writer)
    // One that can't be used is found when the stream's next chunk comes.
    case .recall(let header, let frames, let levels):
      try? runner(header, UnsafeRawBufferPointer(start: nil, count: 0)).get().recall(
        header, frames: frames, levels: levels)
    case .finish(let stream, let seq): finish(stream, seq, &writer)
    case .end(let stream): streams[stream] = nil
    case .ping(let mark): writer.pong(mark)
    case .shutdown: return false
    }
    return true
  }

  /// Answers what engines have done by now. What is of streams that ended meanwhile interests nobody.
  mutating func collect(into writer: inout FrameWriter) {
    for done in finished.takeAll() {
      switch done {
      case .finish(let figures, let hypothesis):
        pendingFinishes -= 1
        if streams[figures.stream] != nil { reply(figures, hypothesis, .finish, &writer) }
      case .caughtUp(let stream):
        guard let runner = streams[stream] else { continue }
        runner.isHeld = false
        writer.release(stream: stream)
      }
    }
  }

  private mutating func take(_ header: ChunkHeader, _ bytes: UnsafeRawBufferPointer, _ writer: inout FrameWriter) {
    switch runner(header, bytes) {
    case .failure(let refusal):
      writer.failed(stream: header.stream, seq: header.seq, asked: .chunk, message: refusal.message)
    case .success(let runner):
      if let (figures, hypothesis) = runner.take(header, bytes) { reply(figures, hypothesis, .chunk, &writer) }
      if runner.isBehind, !runner.isHeld { hold(header.stream, runner, &writer) }
    }
  }

  /// Has the server not read the stream's client until the engine has caught up.
  private func hold(_ stream: UInt64, _ runner: StreamRunner, _ writer: inout FrameWriter) {
    runner.isHeld = true
    writer.hold(stream: stream)
    runner.whenCaughtUp { [finished] in finished.put(.caughtUp(stream: stream)) }
  }

  private mutating func finish(_ stream: UInt64, _ seq: UInt64, _ writer: inout FrameWriter) {
    guard let runner = streams[stream], let last = runner.last, last.seq == seq else {
      return writer.failed(
        stream: stream, seq: seq, asked: .finish, message: "chunk \(seq) is not the last of stream \(stream) here")
    }
    pendingFinishes += 1
    runner.finish { [finished] in finished.put(.finish(last, $0)) }
    // An engine that has nothing to wait for has put it already, and an `end` may be next.
    collect(into: &writer)
  }

  private struct Refusal: Error { var message: String }

  /// The stream's runner, made for its first chunk.
  private mutating func runner(
    _ header: ChunkHeader, _ bytes: UnsafeRawBufferPointer
  ) -> Result<StreamRunner, Refusal> {
    guard let format = header.format else {
      return .failure(
        Refusal(
          message: "no such format: encoding \(header.encodingCode), \(header.channels) channels, "
            + "\(header.sampleRate) Hz"))
    }
    guard let engine = header.engine, let factory = engines.factory(engine) else {
      return .failure(
        Refusal(
          message: "this worker has no engine \(header.engine?.rawValue ?? "\(header.engineCode)")"
            + (header.engine.flatMap(engines.problem).map { ": \($0)" } ?? "")))
    }
    guard bytes.count % format.frameBytes == 0 else {
      return .failure(Refusal(message: "\(bytes.count) bytes are not whole frames of \(format.frameBytes)"))
    }
    if let runner = streams[header.stream], runner.format == format, runner.engine == engine { return .success(runner) }
    let runner = StreamRunner(
      format: format, engine: engine,
      recognizer: factory.recognizer(
        stream: header.stream, format: format, from: header.checkpoint))
    streams[header.stream] = runner
    return .success(runner)
  }

  private mutating func reply(
    _ figures: ChunkFigures, _ hypothesis: Hypothesis, _ asked: Asked, _ writer: inout FrameWriter
  ) {
    json.reset()
    let segmentsBytes = figures.write(hypothesis, to: &json)
    let header = ResultHeader(
      stream: figures.stream, seq: figures.seq, asked: asked, levels: figures.levels, segmentsBytes: segmentsBytes,
      shed: hypothesis.shed, checkpoint: hypothesis.checkpoint)
    json.withBytes { writer.result(header, text: $0) }
  }
}
