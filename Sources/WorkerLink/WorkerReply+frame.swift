internal import Audio
internal import Recognition

extension WorkerReply {
  init(_ frame: Frame) throws(WorkerLinkError) {
    switch frame.kind {
    case .ready:
      self = .ready(
        version: Int(frame.u32(at: 0)), pid: Int32(bitPattern: frame.u32(at: 4)), engines: frame.payload)
    case .result: self = .result(try ResultHeader(frame), text: frame.payload)
    case .failed:
      self = .failed(
        stream: frame.u64(at: 0), seq: UInt64(try frame.count(at: 8)), asked: try Asked(frame), message: frame.payload)
    case .pong: self = .pong(frame.u64(at: 0))
    case .hold: self = .hold(stream: frame.u64(at: 0))
    case .release: self = .release(stream: frame.u64(at: 0))
    case .chunk, .recall, .finish, .end, .shutdown, .ping: throw .malformed("a \(frame.kind) frame from a worker")
    }
  }
}

extension ResultHeader {
  init(_ frame: Frame) throws(WorkerLinkError) {
    stream = frame.u64(at: 0)
    seq = UInt64(try frame.count(at: 8))
    asked = try Asked(frame)
    levels = try Levels(frame, at: 16)
    segmentsBytes = Int(frame.u32(at: 48))
    shed = Int(frame.u32(at: 52))
    checkpoint = Checkpoint(
      frame: UInt64(try frame.count(at: 56)), segments: frame.u32(at: 64), flags: frame.small.1)
    guard segmentsBytes < max(frame.payload.count, 1) else { throw .malformed("segments longer than their reply") }
  }
}

extension Levels {
  init(_ frame: Frame, at offset: Int) throws(WorkerLinkError) {
    self.init(
      samples: try frame.count(at: offset), sumOfSquares: Double(bitPattern: frame.u64(at: offset + 8)),
      peak: Double(bitPattern: frame.u64(at: offset + 16)), clipped: try frame.count(at: offset + 24))
    guard arePossible else { throw .malformed("levels that no chunk has") }
  }

  /// Whether they can be those of one chunk. So the sums of all chunks are finite, as the receipt's JSON needs them.
  fileprivate var arePossible: Bool {
    let largest = Double(Float.greatestFiniteMagnitude)
    return samples <= FrameReader.bodyBytes && clipped <= samples && (0...largest).contains(peak)
      && (0...largest * largest * Double(samples)).contains(sumOfSquares)
  }
}

extension Asked {
  init(_ frame: Frame) throws(WorkerLinkError) {
    guard let asked = Asked(rawValue: frame.small.0) else { throw .malformed("an answer to nothing known") }
    self = asked
  }
}
