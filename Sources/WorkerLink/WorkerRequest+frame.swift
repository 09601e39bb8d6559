internal import Audio

extension WorkerRequest {
  init(_ frame: Frame) throws(WorkerLinkError) {
    switch frame.kind {
    case .chunk: self = .chunk(try ChunkHeader(frame), frame.payload)
    case .recall:
      self = .recall(
        try ChunkHeader(frame), frames: try frame.count(at: 48), levels: try Levels(frame, at: 56))
    case .finish: self = .finish(stream: frame.u64(at: 0), seq: frame.u64(at: 8))
    case .end: self = .end(stream: frame.u64(at: 0))
    case .shutdown: self = .shutdown
    case .ping: self = .ping(frame.u64(at: 0))
    case .ready, .result, .failed, .pong, .hold, .release: throw .malformed("a \(frame.kind) frame to a worker")
    }
  }
}
