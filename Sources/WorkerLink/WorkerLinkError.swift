internal import Glibc

/// What goes wrong between a server and its worker. After any of them the link is of no more use: the worker is replaced.
public enum WorkerLinkError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The other side sent what is no frame of this protocol.
  case malformed(String)
  /// A frame announced more bytes than any frame may have.
  case oversized(bytes: Int)
  /// The other side went away in the middle of a frame of which so many bytes had come.
  case truncated(bytes: Int)
  /// A system call failed.
  case system(call: String, errno: Int32)

  public var description: String {
    switch self {
    case .malformed(let what): "the worker link carried \(what)"
    case .oversized(let bytes): "the worker link announced a frame of \(bytes) bytes"
    case .truncated(let bytes): "the worker link ended \(bytes) bytes into a frame"
    case .system(let call, let number): "\(call): \(String(cString: strerror(number)))"
    }
  }
}
