extension WorkerRequest {
  init(_ frame: Frame) throws(WorkerLinkError) {
    switch frame.kind {
    case .chunk: self = .chunk(try ChunkHeader(frame), frame.payload)
    case .finish: self = .finish(stream: frame.u64(at: 0), seq: frame.u64(at: 8))
    case .end: self = .end(stream: frame.u64(at: 0))
    case .shutdown: self = .shutdown
    case .ping: self = .ping(frame.u64(at: 0))
    case .ready, .result, .failed, .pong, .hold, .release: throw .malformed("a \(frame.kind) frame to a worker")
    }
  }
}
