internal import Audio
internal import Recognition

extension WorkerReply {
  public init(_ frame: Frame) throws(WorkerLinkError) {
    var payload = PayloadReader(frame.payload)
    switch frame.kind {
    case .hello: self = .hello(try WorkerHello(frame, &payload))
    case .ready4:
      let version = Int(frame.u32(at: 0))
      self = .hello(WorkerHello(versions: version...version, pid: Int32(bitPattern: frame.u32(at: 4)), engines: []))
    case .result:
      if RecognitionProgress.isNone(in: frame, at: 56), let text = try payload.onlyText() {
        self = .text(
          TextResult(
            stream: frame.stream(at: 0), seq: try frame.count(at: 16), levels: try Levels(frame, at: 24), text: text))
        return
      }
      let result = ChunkResult(
        stream: frame.stream(at: 0), seq: try frame.count(at: 16), levels: try Levels(frame, at: 24),
        progress: try RecognitionProgress(frame, at: 56))
      self = .result(result, try payload.updates())
    case .updates:
      self = .updates(frame.stream(at: 0), try RecognitionProgress(frame, at: 16), try payload.updates())
    case .finished:
      self = .finished(
        frame.stream(at: 0), seq: try frame.count(at: 16), try RecognitionProgress(frame, at: 24),
        try payload.updates())
    case .failed:
      guard let kind = RequestKind(rawValue: frame.small.0) else { throw .malformed("a failure of an unknown request") }
      self = .failed(frame.stream(at: 0), seq: try frame.count(at: 16), kind, reason: frame.text)
    case .behind: self = .behind(frame.stream(at: 0), frame.small.0 != 0)
    case .decoded: self = .decoded(frame.stream(at: 0), try DecodingTime(frame, at: 16))
    case .image:
      self = .image(frame.key(at: 0), epoch: frame.u64(at: 32), StatePiece(flags: frame.small.0, frame.payload))
    case .untaken: self = .untaken(frame.key(at: 0), isFenced: frame.small.0 != 0)
    case .fenced: self = .fenced(frame.key(at: 0))
    case .returned: throw .malformed("memory returned that was not lent")
    case .welcome, .open, .chunk, .finish, .close, .shutdown, .state, .take, .forget, .lent:
      throw .malformed("a frame `\(frame.kind)` from a worker")
    }
  }
}

extension WorkerHello {
  /// Bytes after the models belong to later versions and are ignored; workers before them end with the engines, the
  /// sandbox, or one model each.
  fileprivate init(_ frame: Frame, _ payload: inout PayloadReader) throws(WorkerLinkError) {
    let (first, last) = (Int(frame.u32(at: 0)), Int(frame.u32(at: 4)))
    guard first <= last else { throw .malformed("versions \(first) to \(last)") }
    self.init(
      versions: first...last, pid: Int32(bitPattern: frame.u32(at: 8)), engines: [], hasMemory: frame.small.0 & 1 != 0)
    for _ in 0..<frame.u32(at: 12) { engines.append(try payload.engine()) }
    guard !payload.isEmpty else { return }
    for _ in 0..<(try payload.fields(4).number(at: 0, UInt32.self)) { sandbox.append(try payload.sandboxLayer()) }
    guard !payload.isEmpty else { return }
    for index in engines.indices { engines[index].models = try payload.model().map { [$0] } ?? [] }
    guard !payload.isEmpty else { return }
    for index in engines.indices { engines[index].models = try payload.models() }
  }
}

extension DecodingTime {
  fileprivate init(_ frame: Frame, at offset: Int) throws(WorkerLinkError) {
    let seconds = Double(bitPattern: frame.u64(at: offset))
    // More than a day is no measurement.
    guard (0...86_400).contains(seconds) else { throw .malformed("a decoding of \(seconds) seconds") }
    self.init(seconds: seconds, isFinal: frame.small.0 != 0)
  }
}

extension Levels {
  fileprivate init(_ frame: Frame, at offset: Int) throws(WorkerLinkError) {
    self.init(
      samples: try frame.count(at: offset), sumOfSquares: Double(bitPattern: frame.u64(at: offset + 8)),
      peak: Double(bitPattern: frame.u64(at: offset + 16)), clipped: try frame.count(at: offset + 24))
    guard arePossible else { throw .malformed("levels that no chunk has") }
  }

  /// Whether they can be those of one chunk. If so, the sums of all chunks are finite, as the receipt needs them.
  private var arePossible: Bool {
    let largest = Double(Float.greatestFiniteMagnitude)
    return samples <= ChunkHeader.largestBytes && clipped <= samples && (0...largest).contains(peak)
      && (0...largest * largest * Double(samples)).contains(sumOfSquares)
  }
}
