internal import Audio
internal import Recognition
internal import WorkerLink

/// The streams on this worker, and the answer to every request: requests in, frames out, no sockets.
struct StreamTable: ~Copyable {
  private enum Entry {
    case open(WorkerStream)
    /// It can't be served; every chunk is answered with the reason.
    indirect case refused(reason: String)
  }

  let mailbox: EngineMailbox
  /// Finishes requested of an engine and not answered yet.
  private(set) var pendingFinishes = 0
  private var streams: [StreamID: Entry] = [:] { didSet { recent = nil } }
  /// The open one that had the last chunk: several of one stream come together.
  private var recent: WorkerStream?
  private let engines: EngineCatalog
  /// As the gateway has chosen.
  private var linkVersion = LinkVersion.supported.lowerBound

  init(engines: EngineCatalog) throws(WorkerLinkError) {
    self.engines = engines
    mailbox = try EngineMailbox()
  }

  /// Streams between `open` and `close`.
  var count: Int { streams.count }

  /// Answers one request; returns false for `shutdown`.
  mutating func handle(_ request: WorkerRequest, into writer: FrameWriter) -> Bool {
    switch request {
    case .welcome(let version): linkVersion = version
    case .open(let id, let request, let checkpoint): open(id, request, checkpoint, writer)
    case .chunk(let header, let piece): take(header, piece, writer)
    case .finish(let id, let seq): finish(id, seq, writer)
    case .close(let id): streams[id] = nil
    case .shutdown: return false
    // Nobody else wants copies from a worker of this machine: of one at a broker they are taken before.
    case .state, .take, .forget: break
    }
    return true
  }

  /// Sends what engines have done by now. Notices of streams that are over are ignored.
  mutating func collect(into writer: FrameWriter) {
    for notice in mailbox.takeAll() {
      switch notice {
      case .updates(let mailbox):
        if let stream = stream(mailbox) { push(stream, writer) }
      case .finished(let mailbox, let seq):
        pendingFinishes -= 1
        guard let stream = stream(mailbox) else { continue }
        stream.finished(seq)
        answerFinish(seq, mailbox, writer)
      case .caughtUp(let mailbox):
        guard let stream = stream(mailbox) else { continue }
        stream.isReportedBehind = false
        writer.behind(mailbox.stream, false)
      }
    }
  }

  private mutating func open(
    _ id: StreamID, _ request: StreamRequest, _ checkpoint: Checkpoint, _ writer: FrameWriter
  ) {
    if case .open(let stream) = streams[id] { settle(stream, writer) }
    do throws(EngineProblem) {
      let mailbox = StreamMailbox(id, mailbox)
      let factory = try engines.factory(request.engine)
      if let problem = factory.problem(request) { throw EngineProblem(reason: problem) }
      let recognizer = factory.recognizer(
        stream: id, request: request, from: checkpoint, sink: mailbox)
      streams[id] = .open(WorkerStream(request.format, recognizer, mailbox, from: checkpoint))
    } catch {
      streams[id] = .refused(reason: error.reason)
    }
  }

  /// Answers what a stream is owed before it is opened again: its mailbox is ignored from then on.
  ///
  /// That happens when a WAV header has ended in a later chunk than it began in. So its recognizer has had no audio,
  /// and has no words left to decode.
  private func settle(_ stream: WorkerStream, _ writer: FrameWriter) {
    for seq in stream.awaitedFinishes { answerFinish(seq, stream.mailbox, writer) }
    if stream.isReportedBehind { writer.behind(stream.mailbox.stream, false) }
  }

  private mutating func take(_ header: ChunkHeader, _ piece: ChunkPiece, _ writer: FrameWriter) {
    if let recent, recent.mailbox.stream == header.stream { return take(header, piece, recent, writer) }
    switch streams[header.stream] {
    case .open(let stream):
      recent = stream
      take(header, piece, stream, writer)
    case .refused(let reason): refuse(header, piece, reason, writer)
    case nil: refuse(header, piece, "stream \(header.stream.number) is not open on this worker", writer)
    }
  }

  private func take(_ header: ChunkHeader, _ piece: ChunkPiece, _ stream: WorkerStream, _ writer: FrameWriter) {
    guard piece.bytes.count % stream.frameBytes == 0, piece.offset % stream.frameBytes == 0 else {
      return refuse(
        header, piece, "samples: expected a multiple of \(stream.frameBytes) bytes, got \(piece.bytes.count)", writer)
    }
    guard let levels = stream.take(header, piece) else { return }
    if !header.isAnswered { answer(header, levels, stream, writer) }
    if stream.isBehind, !stream.isReportedBehind { reportBehind(stream, writer) }
  }

  private func answer(
    _ header: ChunkHeader, _ levels: Levels, _ stream: WorkerStream, _ writer: FrameWriter
  ) {
    if let text = stream.mailbox.takeText() {
      writer.result(TextResult(stream: header.stream, seq: header.seq, levels: levels, text: text))
      return
    }
    stream.mailbox.take {
      report($0, of: header.stream, writer)
    } full: {
      writer.updates(header.stream, stream.withBacklog($1), $0)
    } last: {
      writer.result(
        ChunkResult(stream: header.stream, seq: header.seq, levels: levels, progress: stream.withBacklog($1)), $0)
    }
  }

  private func answerFinish(_ seq: Int, _ mailbox: StreamMailbox, _ writer: FrameWriter) {
    mailbox.take {
      report($0, of: mailbox.stream, writer)
    } full: {
      writer.updates(mailbox.stream, $1, $0)
    } last: {
      writer.finished(mailbox.stream, seq: seq, $1, $0)
    }
  }

  /// Once per chunk, and not for one that was answered elsewhere.
  private func refuse(_ header: ChunkHeader, _ piece: ChunkPiece, _ reason: String, _ writer: FrameWriter) {
    guard piece.isLast, !header.isAnswered else { return }
    writer.failed(header.stream, seq: header.seq, .chunk, reason: reason)
  }

  private func push(_ stream: WorkerStream, _ writer: FrameWriter) {
    let id = stream.mailbox.stream
    stream.mailbox.take {
      report($0, of: id, writer)
    } full: {
      writer.updates(id, stream.withBacklog($1), $0)
    } last: {
      // A result may have taken them.
      if !$0.isEmpty { writer.updates(id, stream.withBacklog($1), $0) }
    }
  }

  private func report(_ time: DecodingTime, of id: StreamID, _ writer: FrameWriter) {
    if linkVersion >= LinkVersion.withDecodings { writer.decoded(id, time) }
  }

  /// Has the stream's client not read until the engine has caught up.
  private func reportBehind(_ stream: WorkerStream, _ writer: FrameWriter) {
    stream.isReportedBehind = true
    writer.behind(stream.mailbox.stream, true)
    stream.whenCaughtUp { [mailbox, stream = stream.mailbox] in mailbox.post(.caughtUp(stream)) }
  }

  private mutating func finish(_ id: StreamID, _ seq: Int, _ writer: FrameWriter) {
    switch streams[id] {
    // Not always the last chunk here: a replacement finishes for a worker that was lost.
    case .open(let stream):
      pendingFinishes += 1
      stream.finish(seq) { [mailbox, stream = stream.mailbox] in mailbox.post(.finished(stream, seq: seq)) }
      // An engine that answers at once has posted already, and `close` may be next.
      collect(into: writer)
    case .refused(let reason): writer.failed(id, seq: seq, .finish, reason: reason)
    case nil: writer.failed(id, seq: seq, .finish, reason: "stream \(id.number) is not open on this worker")
    }
  }

  /// The stream of a mailbox, unless it is over or was opened again.
  private func stream(_ mailbox: StreamMailbox) -> WorkerStream? {
    guard case .open(let stream) = streams[mailbox.stream], stream.mailbox === mailbox else { return nil }
    return stream
  }
}
