internal import Glibc
public import Recognition
public import WorkerLink

/// The gateway's end of the link to one worker. It never blocks: the owner watches `descriptor` and calls.
///
/// Messages are only queued; call `flush` once per loop iteration, and after `blocked` again when the descriptor is
/// writable. After an error, kill the worker and release the channel. For one thread.
public final class WorkerChannel {
  private let socket: LinkSocket
  // Accessed several times per chunk, and never while a call is in progress.
  @exclusivity(unchecked) private var reader = FrameReader()
  @exclusivity(unchecked) private var writer = FrameWriter()

  /// Bytes waiting for one worker; above it the clients on it are not read. Two of the largest messages.
  public static let queueBytes = 32 << 20

  /// Takes ownership of `descriptor`, a connected stream socket.
  public init(owning descriptor: Int32) throws(WorkerLinkError) {
    socket = try LinkSocket(owning: descriptor)
  }

  public var descriptor: Int32 { socket.descriptor }

  /// Bytes queued and not yet taken by the kernel.
  public var queuedBytes: Int { writer.count }

  /// Whether the clients on this worker should not be read for now. Messages are still taken.
  public var isFull: Bool { writer.count >= Self.queueBytes }

  /// Queues frames.
  public func send(_ write: (inout FrameWriter) -> Void) { write(&writer) }

  /// Answers the worker's `hello`; before everything else.
  public func welcome(version: Int) { writer.welcome(version: version) }

  /// Announces a stream; before its first chunk on this worker.
  public func open(stream: StreamID, request: StreamRequest, from checkpoint: Checkpoint) {
    writer.open(stream: stream, request: request, from: checkpoint)
  }

  /// A chunk whose samples are `odd`, the incomplete sample frame kept from the chunk before, and then `samples`. Both
  /// are copied.
  public func chunk(_ header: ChunkHeader, odd: UnsafeRawBufferPointer, samples: UnsafeRawBufferPointer) {
    writer.chunk(header, odd: odd, samples: samples)
  }

  public func finish(_ stream: StreamID, seq: Int) { writer.finish(stream, seq: seq) }
  public func close(_ stream: StreamID) { writer.close(stream) }
  public func shutdown() { writer.shutdown() }

  public enum Flushed: Equatable, Sendable {
    /// Nothing is queued.
    case drained
    /// The kernel takes no more for now.
    case blocked
    /// The worker is gone.
    case closed
  }

  /// Writes what is queued.
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

  /// Writes what the kernel takes now; the next `flush` reports errors.
  /// - Returns: whether it takes no more for now.
  public func flushEarly() -> Bool { (try? flush()) == .blocked }

  public enum Received: Equatable, Sendable {
    /// Nothing more has arrived, or enough was read for one loop iteration and the descriptor is still readable.
    case open
    /// The worker is gone; every complete reply was handed on.
    case closed
  }

  /// Reads what has arrived and hands on every complete reply.
  public func receive(_ handle: (WorkerReply) -> Void) throws(WorkerLinkError) -> Received {
    // Bounded, so that a worker that answers without pause does not keep the loop from its clients.
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
        // A short read took everything; the descriptor says when there is more.
        if count < room.count { return .open }
      }
    }
    return .open
  }
}
