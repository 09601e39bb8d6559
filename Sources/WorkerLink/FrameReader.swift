/// Cuts frames out of bytes as they come. Every payload is one piece and is not copied for it.
///
/// Use: fill `room`, `commit` what was read, call `next` until it is nil, again. After an error the reader is of no
/// more use.
public struct FrameReader: ~Copyable {
  private var queue: ByteQueue

  /// Room offered for each read; one read takes about 160 chunks of 100 ms.
  public static let readBytes = 512 << 10
  /// The largest body; larger chunks are split.
  static let bodyBytes = 256 << 10

  public init() { queue = ByteQueue(capacity: Self.readBytes * 2) }

  /// Bytes of a frame that is not whole yet.
  public var partialBytes: Int { queue.count }

  /// Where the next bytes go; what `next` gave before is void.
  public mutating func room() -> UnsafeMutableRawBufferPointer {
    queue.rest()
    let count = max(Self.readBytes, missingBytes)
    queue.reserve(count)
    // No more than asked for, though there may be: what one read brings should still be cached when it is looked at.
    return UnsafeMutableRawBufferPointer(rebasing: queue.room.prefix(count))
  }

  /// `count` bytes of `room` have been filled.
  public mutating func commit(_ count: Int) { queue.commit(count) }

  /// The next whole frame as its bytes, or nil: more bytes are needed.
  public mutating func next() throws(WorkerLinkError) -> Frame? {
    guard queue.count >= FrameKind.prefixBytes else { return nil }
    let bytes = queue.bytes
    let frame = try Frame(prefixOf: bytes)
    guard bytes.count >= frame.paddedBytes else { return nil }
    queue.consume(frame.paddedBytes)
    return frame
  }

  /// The next whole frame, read by a worker.
  public mutating func nextRequest() throws(WorkerLinkError) -> WorkerRequest? {
    guard let frame = try next() else { return nil }
    return try WorkerRequest(frame)
  }

  /// The next whole frame, read by a server. On the path of a chunk `next` is used: an optional reply is slow, as the
  /// runtime looks at its type to destroy it.
  public mutating func nextReply() throws(WorkerLinkError) -> WorkerReply? {
    guard let frame = try next() else { return nil }
    return try WorkerReply(frame)
  }

  /// What the frame at the head still needs. A broken prefix needs nothing: `next` says what is wrong with it.
  private var missingBytes: Int {
    guard queue.count >= FrameKind.prefixBytes, let frame = try? Frame(prefixOf: queue.bytes) else { return 0 }
    return max(0, frame.paddedBytes - queue.count)
  }
}
