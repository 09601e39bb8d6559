internal import Audio
internal import Recognition

extension WorkerRequest {
  public init(_ frame: Frame) throws(WorkerLinkError) {
    switch frame.kind {
    case .welcome: self = .welcome(version: Int(frame.u32(at: 0)))
    case .open:
      var checkpoint = Checkpoint(
        frame: UInt64(try frame.count(at: 16)), segments: Int(frame.u32(at: 24)), isOpen: frame.small.2 & 1 != 0)
      let request = try StreamRequest(frame, &checkpoint.languages)
      self = .open(frame.stream(at: 0), request, from: checkpoint)
    case .chunk:
      let header = ChunkHeader(
        stream: frame.stream(at: 0), seq: try frame.count(at: 16), startFrame: try frame.count(at: 24),
        chunkBytes: Int(frame.u32(at: 32)), isAnswered: frame.small.0 & 1 != 0, yields: frame.small.0 & 4 != 0,
        isMessage: frame.small.0 & 8 != 0)
      let offset = Int(frame.u32(at: 36))
      guard offset + frame.payload.count <= ChunkHeader.largestBytes else { throw .malformed("a chunk beyond 16 MiB") }
      self = .chunk(header, ChunkPiece(offset: offset, isLast: frame.small.0 & 2 != 0, bytes: frame.payload))
    case .finish: self = .finish(frame.stream(at: 0), seq: try frame.count(at: 16))
    case .close: self = .close(frame.stream(at: 0))
    case .shutdown: self = .shutdown
    case .state: self = .state(try SessionState(frame), StatePiece(flags: frame.small.0, frame.payload))
    case .take: self = .take(frame.key(at: 0), epoch: frame.u64(at: 32))
    case .forget: self = .forget(frame.key(at: 0), epoch: frame.u64(at: 32))
    case .lent: throw .malformed("lent memory where none is shared")
    case .ready4, .hello, .result, .updates, .finished, .failed, .behind, .decoded, .image, .untaken, .fenced,
      .returned:
      throw .malformed("a frame `\(frame.kind)` to a worker")
    }
  }
}

extension SessionState {
  fileprivate init(_ frame: Frame) throws(WorkerLinkError) {
    self.init(
      key: frame.key(at: 0), stream: frame.stream(at: 32), epoch: frame.u64(at: 48), received: try frame.count(at: 56),
      answered: try frame.count(at: 64), firstKept: try frame.count(at: 72))
  }
}

extension StreamRequest {
  fileprivate init(_ frame: Frame, _ languages: inout LanguageFinder) throws(WorkerLinkError) {
    let (code, channels, flags) = frame.small
    let rate = Int(frame.u32(at: 28))
    guard let encoding = SampleEncoding(code: code), AudioFormat.channelCounts.contains(Int(channels)),
      AudioFormat.sampleRatesHz.contains(rate)
    else { throw .malformed("a format with encoding \(code), \(channels) channels, \(rate) Hz") }
    var payload = PayloadReader(frame.payload)
    let wishes = flags & 4 != 0 ? try payload.wishes() : UtteranceWishes()
    let (model, language) = flags & 8 != 0 ? try payload.modelWish() : (nil, nil)
    if flags & 16 != 0 { languages = try payload.languages() }
    guard payload.count <= FrameWriter.engineBytes else { throw .malformed("an engine's name that is too long") }
    self.init(
      format: AudioFormat(sampleRate: rate, channels: Int(channels), encoding: encoding),
      engine: try payload.text(payload.count), model: model, language: language, wantsWords: flags & 2 != 0,
      utterances: wishes)
  }
}
