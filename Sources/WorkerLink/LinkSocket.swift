internal import CLinux
internal import Glibc

/// One end of the link: a nonblocking Unix stream socket, closed when this goes.
public struct LinkSocket: ~Copyable {
  public let descriptor: Int32

  /// What one read brought.
  public enum Arrival: Equatable {
    case bytes(Int)
    case nothing, closed
  }
  /// What one write took.
  public enum Departure: Equatable {
    case bytes(Int)
    case nothing, closed
  }

  /// Takes `descriptor` over.
  public init(owning descriptor: Int32) throws(WorkerLinkError) {
    self.descriptor = descriptor
    let flags = fcntl(descriptor, F_GETFL)
    guard flags >= 0, fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) == 0 else {
      throw .system(call: "fcntl on descriptor \(descriptor)", errno: errno)
    }
  }

  deinit { close(descriptor) }

  /// A connected pair; neither end is inherited by a program that is started.
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
