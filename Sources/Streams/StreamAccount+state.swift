internal import Audio
public import Recognition

// Values of an account as bytes.

extension StreamAccount.Phase {
  /// Nil for a stream that ended without a receipt.
  var code: Int? {
    switch self {
    // A server that starts anew takes chunks again.
    case .open, .refusing: 0
    case .stopping: 1
    case .ended(.complete): 2
    case .ended: nil
    }
  }

  init(code: Int) throws(StateError) {
    switch code {
    case 0: self = .open
    case 1: self = .stopping
    case 2: self = .ended(.complete)
    default: throw StateError()
    }
  }
}

extension StreamAccount.Ending {
  /// Nil for those after which the client does not return.
  var code: Int? {
    switch self {
    case .flush: 0
    case .stop: 1
    case .leave, .goingAway, .unsupported: nil
    }
  }

  init(code: Int) throws(StateError) {
    switch code {
    case 0: self = .flush
    case 1: self = .stop
    default: throw StateError()
    }
  }
}

extension StateWriter {
  mutating func add(_ format: AudioFormat) {
    add(format.sampleRate)
    add(format.channels)
    add(Int(format.encoding.code))
  }

  mutating func add(_ request: StreamRequest) {
    add(request.format)
    add(request.engine)
    add(request.model) { $0.add($1) }
    add(request.language) { $0.add($1) }
    add(request.wantsWords)
  }

  mutating func add(_ layout: StreamLayout.Saved) {
    add(layout.format)
    add(layout.frames)
    add(layout.remaining) { $0.add($1) }
    layout.carried.withUnsafeBytes { add($0) }
  }

  mutating func add(_ totals: StreamTotals) {
    for count in [totals.chunks, totals.bytes, totals.processed, totals.dropped, totals.replayed] { add(count) }
  }

  mutating func add(_ levels: Levels) {
    add(levels.samples)
    add(levels.sumOfSquares)
    add(levels.peak)
    add(levels.clipped)
  }

  mutating func add(_ measure: ChunkMeasure) {
    add(measure.seq)
    add(measure.start)
    add(measure.duration)
    add(measure.levels)
  }

  mutating func add(_ chunk: StreamChunk) {
    for number in [chunk.seq, chunk.startFrame, chunk.frames, chunk.bytes] { add(number) }
  }

  /// A final one.
  public mutating func add(_ segment: Segment) {
    add(segment.number)
    add(segment.start)
    add(segment.end)
    add(segment.text)
    add(segment.words) {
      $0.add($1.text)
      $0.add($1.start)
      $0.add($1.end)
    }
    add(segment.language) { $0.add($1) }
  }

  mutating func add(_ checkpoint: Checkpoint) {
    add(Int(clamping: checkpoint.frame))
    add(checkpoint.segments)
    add(checkpoint.isOpen)
  }
}

extension StateReader {
  public mutating func optionalText() throws(StateError) -> String? {
    try optional { reader throws(StateError) in try reader.text() }
  }

  mutating func format() throws(StateError) -> AudioFormat {
    let (rate, channels) = (try integer(), try integer())
    guard let encoding = SampleEncoding(code: UInt8(truncatingIfNeeded: try integer())),
      AudioFormat.channelCounts.contains(channels),
      AudioFormat.sampleRatesHz.contains(rate)
    else { throw StateError() }
    return AudioFormat(sampleRate: rate, channels: channels, encoding: encoding)
  }

  mutating func request() throws(StateError) -> StreamRequest {
    StreamRequest(
      format: try format(), engine: try text(), model: try optionalText(), language: try optionalText(),
      wantsWords: try flag())
  }

  mutating func layout() throws(StateError) -> StreamLayout.Saved {
    StreamLayout.Saved(
      format: try format(), frames: try count(),
      remaining: try optional { reader throws(StateError) in try reader.count() }, carried: Array(try bytes()))
  }

  mutating func totals() throws(StateError) -> StreamTotals {
    StreamTotals(
      chunks: try count(), bytes: try count(), processed: try count(), dropped: try count(), replayed: try count())
  }

  mutating func levels() throws(StateError) -> Levels {
    Levels(samples: try count(), sumOfSquares: try double(), peak: try double(), clipped: try count())
  }

  mutating func measure() throws(StateError) -> ChunkMeasure {
    ChunkMeasure(seq: try count(), start: try double(), duration: try double(), levels: try levels())
  }

  mutating func chunk() throws(StateError) -> StreamChunk {
    StreamChunk(seq: try count(), startFrame: try count(), frames: try count(), bytes: try count())
  }

  public mutating func segment() throws(StateError) -> Segment {
    Segment(
      number: try count(), start: try double(), end: try double(), text: try text(),
      words: try array { reader throws(StateError) in
        Word(text: try reader.text(), start: try reader.double(), end: try reader.double())
      }, language: try optionalText())
  }

  mutating func checkpoint() throws(StateError) -> Checkpoint {
    Checkpoint(frame: UInt64(try count()), segments: try count(), isOpen: try flag())
  }
}
