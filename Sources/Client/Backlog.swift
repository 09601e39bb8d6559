/// Chunks that wait for a server, in order; when there are too many the oldest go, and are counted.
struct Backlog {
  private var chunks: [[UInt8]] = []
  private var first = 0
  private(set) var bytes = 0
  private(set) var droppedChunks = 0
  private(set) var droppedBytes = 0
  let limitBytes: Int

  init(limitBytes: Int) {
    precondition(limitBytes > 0, "A backlog holds something.")
    self.limitBytes = limitBytes
  }

  var isEmpty: Bool { first == chunks.count }

  mutating func append(_ chunk: [UInt8]) {
    chunks.append(chunk)
    bytes += chunk.count
    while bytes > limitBytes, let oldest = popFirst() {
      droppedChunks += 1
      droppedBytes += oldest.count
    }
  }

  mutating func popFirst() -> [UInt8]? {
    guard first < chunks.count else { return nil }
    let chunk = chunks[first]
    chunks[first] = []
    first += 1
    bytes -= chunk.count
    if first >= 64 {
      chunks.removeFirst(first)
      first = 0
    }
    return chunk
  }
}
