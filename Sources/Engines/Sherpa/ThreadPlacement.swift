/// Decides which decoding thread gets a new stream: the one with the fewest open streams, the first of equals. A stream
/// stays there, so the order of its utterances is kept.
struct ThreadPlacement {
  /// Open streams of each thread.
  private(set) var streams: [Int]

  init(threads: Int) {
    precondition(threads > 0, "There is at least one decoding thread.")
    streams = Array(repeating: 0, count: threads)
  }

  /// Counts a new stream; returns its thread.
  mutating func open() -> Int {
    let thread = streams.indices.min { streams[$0] < streams[$1] } ?? 0
    streams[thread] += 1
    return thread
  }

  /// A stream of this thread is over.
  mutating func close(on thread: Int) { streams[thread] -= 1 }
}
