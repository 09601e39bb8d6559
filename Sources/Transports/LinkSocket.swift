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

  /// A connected pair; programs that are started inherit neither end.
  public static func pair() throws(WorkerLinkError) -> (Int32, Int32) {
    var ends: (Int32, Int32) = (-1, -1)
    let made = withUnsafeMutableBytes(of: &ends) { bytes in
      socketpair(
        AF_UNIX, nonblocking_stream_socket(), 0, bytes.bindMemory(to: Int32.self).baseAddress)
    }
    guard made == 0 else { throw .system(call: "socketpair", errno: errno) }
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
