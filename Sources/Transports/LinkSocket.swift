internal import CLinux
internal import Glibc
public import WorkerLink

/// One end of a link: a nonblocking Unix stream socket, closed when this is released.
public struct LinkSocket: ~Copyable {
  public let descriptor: Int32

  /// The outcome of one read.
  public enum Arrival: Equatable {
    case bytes(Int)
    case nothing, closed
  }
  /// The outcome of one write.
  public enum Departure: Equatable {
    case bytes(Int)
    case nothing, closed
  }

  /// Takes ownership of `descriptor`.
  public init(owning descriptor: Int32) throws(WorkerLinkError) {
    self.descriptor = descriptor
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

  /// Reads once.
  public func read(into room: UnsafeMutableRawBufferPointer) throws(WorkerLinkError) -> Arrival {
    while true {
      let count = recv(descriptor, room.baseAddress, room.count, 0)
      if count > 0 { return .bytes(count) }
      if count == 0 { return .closed }
      switch errno {
      case EINTR: continue
      case EAGAIN: return .nothing
      case ECONNRESET: return .closed
      default: throw .system(call: "recv", errno: errno)
      }
    }
  }

  /// Writes once.
  public func write(_ bytes: UnsafeRawBufferPointer) throws(WorkerLinkError) -> Departure {
    while true {
      let count = send(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
      if count >= 0 { return .bytes(count) }
      switch errno {
      case EINTR: continue
      case EAGAIN: return .nothing
      case EPIPE, ECONNRESET: return .closed
      default: throw .system(call: "send", errno: errno)
      }
    }
  }
}
