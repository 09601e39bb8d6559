internal import Platform

/// A stream as its scheduler sees it.
protocol ScheduledStream: AnyObject {
  /// None of its queued output is urgent.
  var mayWait: Bool { get }
  var isHeld: Bool { get }
  /// It is held back.
  func hold()
  /// Writes what is queued.
  func flush()
}

/// The byte streams of one loop that have something to write at the end of the round, and the memory all of them share.
///
/// Streams whose output may wait are held back, for their next output or for a moment: then what would have been two
/// packets, each with its system call and its wake-up of the peer, is one.
final class StreamScheduler {
  /// What one read takes from a socket. 20 chunks of 3200 bytes.
  static let readBytes = 64 << 10

  let readBuffer = UnsafeMutableRawBufferPointer.allocate(byteCount: readBytes, alignment: 64)
  let pool = BlockPool()
  private(set) lazy var tls = TLSBuffers(pool, readBytes: Self.readBytes)
  private var waiting: ContiguousArray<any ScheduledStream> = []
  private var flushing: ContiguousArray<any ScheduledStream> = []
  /// Held since the last tick, and since the one before. Some have been written since: `heldCount` are left.
  private var held: ContiguousArray<any ScheduledStream> = []
  private var heldLonger: ContiguousArray<any ScheduledStream> = []
  private var heldCount = 0
  /// How long messages waited that may, until they were written.
  private(set) var delays = DelayHistogram()
  private var ticker: LoopTicker?
  private var isTickDue = false
  private var writeTime: Double?

  /// Held output is written on the second tick, i.e. after 1 to 2 ms, but never before the current round ends.
  private static let tick = Duration.milliseconds(1)

  init(on loop: EvLoop) {
    ticker = LoopTicker(every: Self.tick, on: loop) { [unowned self] in self.isTickDue = true }
  }

  deinit { readBuffer.deallocate() }

  var hasWork: Bool { !waiting.isEmpty }

  func add(_ stream: any ScheduledStream) { waiting.append(stream) }

  func flush() {
    swap(&waiting, &flushing)
    for stream in flushing {
      if stream.mayWait { hold(stream) } else { stream.flush() }
    }
    flushing.removeAll(keepingCapacity: true)
  }

  private func hold(_ stream: any ScheduledStream) {
    stream.hold()
    held.append(stream)
    if heldCount == 0 { ticker?.start() }
    heldCount += 1
  }

  /// A stream that was held is written, or has ended.
  func unhold() {
    heldCount -= 1
    guard heldCount == 0 else { return }
    ticker?.stop()
    held.removeAll(keepingCapacity: true)
    heldLonger.removeAll(keepingCapacity: true)
  }

  /// A stream that has been written leaves the loop.
  func remove(_ stream: any ScheduledStream) {
    waiting.removeAll { $0 === stream }
    held.removeAll { $0 === stream }
    heldLonger.removeAll { $0 === stream }
  }

  /// So many messages are written; the first was queued in a round that began then.
  func waited(since: Double, messages: Int) {
    delays.add(max(0, clock() - since), times: messages)
  }

  /// Read once for all that is written at the end of a round.
  private func clock() -> Double {
    if let writeTime { return writeTime }
    let now = MonotonicClock.now.inSeconds
    writeTime = now
    return now
  }

  /// The round is over.
  func forgetTime() { writeTime = nil }

  /// At the end of a round: what has been held for long enough is written.
  func releaseHeld() {
    guard isTickDue else { return }
    isTickDue = false
    let released = heldLonger
    heldLonger = held
    held = []
    for stream in released where stream.isHeld { stream.flush() }
  }

  /// The loop ends.
  func stop() {
    ticker?.stop()
    ticker = nil
  }
}
