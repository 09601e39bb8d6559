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
  /// Written by one side and read by the other where it is.
  private let memory: SharedMemory?
  /// The other side reads frames in the shared memory.
  private var lends = false
  /// Frames that the other side has lent and this one has not read.
  @exclusivity(unchecked) private var borrowed: LentFrames?
  /// Learns at a round's end of every outcome but `drained`.
  public var onOutcome: ((Outcome) -> Void)?
  /// The kernel takes no more until the descriptor is writable: each try before that is a system call in vain.
  private var isBlocked = false
  private var wasFull = false

  /// A queue that was full counts as drained below this.
  private static let roomBytes = 4 << 20

  /// Takes ownership of `descriptor`.
  /// - Parameters:
  ///   - lending: memory to write frames to.
  ///   - borrowing: memory to read frames from.
  public init(
    owning descriptor: Int32, lending: SharedMemory? = nil, borrowing: SharedMemory? = nil
  ) throws(WorkerLinkError) {
    self.descriptor = descriptor
    memory = lending ?? borrowing
    super.init(frames: FrameWriter(shared: lending?.region))
    let flags = fcntl(descriptor, F_GETFL)
    guard flags >= 0, fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) == 0 else {
      throw .system(call: "fcntl on descriptor \(descriptor)", errno: errno)
    }
  }

  deinit { close(descriptor) }

  /// Whether frames may lie in memory that both sides have.
  public var hasMemory: Bool { memory != nil }

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
      guard !sendNext() else { continue }
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

  /// Sends the next bytes, or where they lie; false if the kernel does not take them.
  private func sendNext() -> Bool {
    guard lends, frames.bytes.count >= Self.lentBytes, let range = frames.lendable else {
      let count = send(descriptor, frames.bytes.baseAddress, frames.bytes.count, Int32(MSG_NOSIGNAL))
      frames.consume(max(0, count))
      return count >= 0
    }
    var frame = FrameWriter.lent(range)
    let count = withUnsafeBytes(of: &frame) { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
    guard count >= 0 else { return false }
    precondition(count == MemoryLayout.size(ofValue: frame), "A Unix socket took a part of a few bytes.")
    frames.lend()
    return true
  }

  /// Fewer are sent as they are.
  private static let lentBytes = 2 << 10

  public override func agreed(on version: Int, with hello: WorkerHello) {
    lends = version >= LinkVersion.withSharedMemory && hello.hasMemory
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
  public func nextFrame() throws(WorkerLinkError) -> Frame? {
    while let frame = try reader.next() {
      guard frame.returnsMemory else { return frame }
      guard frames.takeBack() else { throw .malformed("memory returned that was not lent") }
    }
    return nil
  }

  /// The next whole frame from a gateway. What it lends is returned once all of it was read.
  public func nextRequest() throws(WorkerLinkError) -> WorkerRequest? {
    while true {
      if let frame = try borrowed?.next() { return try WorkerRequest(frame) }
      if borrowed != nil { frames.returned() }
      borrowed = nil
      guard let frame = try reader.next() else { return nil }
      guard let memory, let lent = try LentFrames(frame, in: UnsafeRawBufferPointer(memory.region)) else {
        return try WorkerRequest(frame)
      }
      borrowed = lent
    }
  }
}
