internal import Glibc

/// Why a link between a gateway and its worker is broken. The worker must be replaced.
public enum WorkerLinkError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The other side sent something that is not a frame of this protocol.
  case malformed(String)
  /// A frame announced a body larger than `FrameReader.bodyBytes`.
  case oversized(bytes: Int)
  /// The other side closed the link after so many bytes of a frame.
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
