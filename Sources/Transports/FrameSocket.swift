internal import CLinux
internal import Glibc
public import WorkerLink

/// One end of a link: frames over a nonblocking Unix stream socket, closed when this is released.
///
/// It never blocks: the owner watches `descriptor`, and flushes again after `blocked` when it is writable. After an
/// error it is of no more use. For one thread.
public final class FrameSocket: FrameOutput {
  public let descriptor: Int32
  // Accessed for each frame: checks took 2 % of the server's instructions, with those of `UnixTransport`.
  @exclusivity(unchecked) private var reader = FrameReader()
  /// Learns at a round's end of every outcome but `drained`.
  public var onOutcome: ((Outcome) -> Void)?
  /// The kernel takes no more until the descriptor is writable: each try before that is a system call in vain.
  private var isBlocked = false
  private var wasFull = false

  /// A queue that was full counts as drained below this.
  private static let roomBytes = 4 << 20

  /// Takes ownership of `descriptor`.
  public init(owning descriptor: Int32) throws(WorkerLinkError) {
    self.descriptor = descriptor
    super.init()
    let flags = fcntl(descriptor, F_GETFL)
    guard flags >= 0, fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) == 0 else {
      throw .system(call: "fcntl on descriptor \(descriptor)", errno: errno)
    }
  }

  deinit { close(descriptor) }

  /// What the kernel takes before it has been read, as far as the system allows (`net.core.wmem_max`): a round of fifty
  /// fast streams. With the standard 208 KiB half of the writes to clients and workers were in vain.
  private static let bufferBytes: Int32 = 4 << 20

  /// A connected pair; programs that are started inherit neither end.
  public static func pair() throws(WorkerLinkError) -> (Int32, Int32) {
    var ends: (Int32, Int32) = (-1, -1)
    let made = withUnsafeMutableBytes(of: &ends) { bytes in
      socketpair(
        AF_UNIX, nonblocking_stream_socket(), 0, bytes.bindMemory(to: Int32.self).baseAddress)
    }
    guard made == 0 else { throw .system(call: "socketpair", errno: errno) }
    var bytes = bufferBytes
    for end in [ends.0, ends.1] {
      setsockopt(end, SOL_SOCKET, SO_SNDBUF, &bytes, socklen_t(MemoryLayout.size(ofValue: bytes)))
    }
    return ends
  }

  // MARK: Writing

  public enum Outcome: Equatable {
    /// Nothing is queued.
    case drained
    /// The kernel takes no more for now.
    case blocked
    /// The other end is gone.
    case closed
    case failed(WorkerLinkError)
  }

  /// Writes what is queued, as far as the kernel takes it.
  public func flush() -> Outcome {
    if isFull { wasFull = true }
    while frames.count > 0 {
      let count = send(descriptor, frames.bytes.baseAddress, frames.bytes.count, Int32(MSG_NOSIGNAL))
      guard count < 0 else {
        frames.consume(count)
        continue
      }
      switch errno {
      case EINTR: continue
      case EAGAIN:
        isBlocked = true
        return .blocked
      case EPIPE, ECONNRESET: return .closed
      default: return .failed(.system(call: "send", errno: errno))
      }
    }
    isBlocked = false
    return .drained
  }

  /// Whether a queue that was full has room again since this was last called.
  public func takeRoom() -> Bool {
    guard wasFull, queuedBytes < Self.roomBytes else { return false }
    wasFull = false
    return true
  }

  public override func roundEnds() {
    let outcome = isBlocked ? .blocked : flush()
    if outcome != .drained || wasFull { onOutcome?(outcome) }
  }

  public override func writeEarly() { if !isBlocked { _ = flush() } }

  // MARK: Reading

  /// The outcome of one read.
  public enum Arrival: Equatable {
    case bytes
    /// As many as there was room for: there may be more.
    case full
    case nothing, closed
  }

  /// Reads once. Everything whole has to be taken out before.
  public func read() throws(WorkerLinkError) -> Arrival {
    let room = reader.room()
    while true {
      let count = recv(descriptor, room.baseAddress, room.count, 0)
      if count > 0 {
        reader.commit(count)
        return count == room.count ? .full : .bytes
      }
      let isReset = count < 0 && errno == ECONNRESET
      if count == 0 || isReset {
        guard reader.partialBytes == 0 else { throw .truncated(bytes: reader.partialBytes) }
        return .closed
      }
      switch errno {
      case EINTR: continue
      case EAGAIN: return .nothing
      default: throw .system(call: "recv", errno: errno)
      }
    }
  }

  /// The next whole frame from a worker.
  public func nextFrame() throws(WorkerLinkError) -> Frame? { try reader.next() }
  /// The next whole frame from a gateway.
  public func nextRequest() throws(WorkerLinkError) -> WorkerRequest? { try reader.nextRequest() }
}
