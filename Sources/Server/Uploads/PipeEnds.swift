import CLinux
import Glibc
import Platform

/// The ends of a pipe between this process and one that it starts; those that nobody took are closed.
final class PipeEnds {
  enum Side { case reading, writing }

  private var reading: Int32
  private var writing: Int32
  private let own: Side

  /// - Parameter own: the end that stays here. The other process waits at its end, this one never does.
  init(own: Side) throws(SystemError) {
    var ends: [Int32] = [-1, -1]
    guard pipe2(&ends, O_CLOEXEC) == 0 else { throw SystemError(call: "pipe2", code: errno) }
    (reading, writing) = (ends[0], ends[1])
    self.own = own
    _ = fcntl(own == .reading ? reading : writing, F_SETFL, O_NONBLOCK)
  }

  deinit { for end in [reading, writing] where end >= 0 { close(end) } }

  /// The end for the other process.
  var other: Int32 { own == .reading ? writing : reading }

  func takeOwn() -> Int32 {
    defer { if own == .reading { reading = -1 } else { writing = -1 } }
    return own == .reading ? reading : writing
  }
}
