public import Audio
internal import Glibc

/// The server's end of the link to one worker. It is passive and never blocks: the owner watches `descriptor` and calls.
///
/// What is sent is only queued; call `flush` once a round. When it says `blocked`, call it again when the descriptor is writable.
/// Errors mean the worker is of no more use: kill it and drop the channel. For one thread.
public final class WorkerChannel {
  /// Bytes waiting for one worker; past it the clients on it are not read. Two of the largest messages.
  public static let largestQueueBytes = 32 << 20

  private let socket: LinkSocket
  private var reader = FrameReader()
  // Looked at several times a chunk, by calls that lead nowhere else.
  @exclusivity(unchecked) private var writer = FrameWriter()

  /// Takes `descriptor` over, a connected stream socket.
  public init(owning descriptor: Int32) throws(WorkerLinkError) {
    socket = try LinkSocket(owning: descriptor)
  }

  public var descriptor: Int32 { socket.descriptor }

  /// Bytes sent and not yet taken by the kernel.
  public var queuedBytes: Int { writer.count }

  /// Whether the clients on this worker are not to be read for now. What was already read is still taken by `send`.
  public var isFull: Bool { writer.count >= Self.largestQueueBytes }

  /// A chunk; its payload, whole frames, is `odd` (kept back from the chunk before) and then `sound`. Both are copied.
  public func send(_ header: ChunkHeader, odd: UnsafeRawBufferPointer, sound: UnsafeRawBufferPointer) {
    writer.chunk(header, odd: odd, sound: sound)
  }

  /// A chunk that was answered already and whose sound nobody needs: what there is to know of it.
  public func sendRecall(_ header: ChunkHeader, frames: Int, levels: Levels) {
    writer.recall(header, frames: frames, levels: levels)
  }

  public func sendFinish(stream: UInt64, seq: UInt64) { writer.finish(stream: stream, seq: seq) }
  public func sendEnd(stream: UInt64) { writer.end(stream: stream) }
  public func sendShutdown() { writer.shutdown() }
  public func sendPing(_ mark: UInt64) { writer.ping(mark) }

  public enum Flushed: Equatable, Sendable {
    /// Nothing waits.
    case drained
    /// The kernel takes no more for now.
    case blocked
    /// The worker is gone.
    case closed
  }

  /// Writes what waits.
  public func flush() throws(WorkerLinkError) -> Flushed {
    while writer.count > 0 {
      switch try socket.write(writer.bytes) {
      case .bytes(let count): writer.consume(count)
      case .nothing: return .blocked
      case .closed: return .closed
      }
    }
    return .drained
  }

  /// Writes what the worker takes at once; that it has gone the next `flush` finds.
  public func flushEarly() { _ = try? flush() }

  public enum Received: Equatable, Sendable {
    /// Nothing more is there for now, or enough has been read for one round and the descriptor is still readable.
    case open
    /// The worker is gone; every whole reply it had written has been handed on.
    case closed
  }

  /// Reads what is there and hands on every whole reply; what a reply borrows is valid during the call.
  public func receive(_ handle: (WorkerReply) -> Void) throws(WorkerLinkError) -> Received {
    // Bounded, so that a worker that answers without pause doesn't keep the loop from its clients.
    for _ in 0..<4 {
      let room = reader.room()
      switch try socket.read(into: room) {
      case .nothing: return .open
      case .closed:
        guard reader.partialBytes == 0 else { throw .truncated(bytes: reader.partialBytes) }
        return .closed
      case .bytes(let count):
        reader.commit(count)
        while let reply = try reader.nextReply() { handle(reply) }
        // A short read took all there was; the descriptor says when there is more.
        if count < room.count { return .open }
      }
    }
    return .open
  }
}
