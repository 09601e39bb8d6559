internal import Glibc
internal import Synchronization

/// What a program has written to one of its descriptors so far, read by a thread of its own so that it never blocks.
public final class ProgramOutput: Sendable {
  private struct State {
    var bytes: [UInt8] = []
    var isOver = false
  }

  private let state = Mutex(State())

  /// Takes the descriptor over.
  init(reading descriptor: Int32) {
    BackgroundThread.start { [self] in
      var buffer = [UInt8](repeating: 0, count: 65_536)
      while true {
        let count = read(descriptor, &buffer, buffer.count)
        if count < 0, errno == EINTR { continue }
        guard count > 0 else { break }
        state.withLock { $0.bytes += buffer[..<count] }
      }
      close(descriptor)
      state.withLock { $0.isOver = true }
    }
  }

  public var bytes: [UInt8] { state.withLock { $0.bytes } }
  public var text: String { String(decoding: bytes, as: UTF8.self) }
  /// Complete and incomplete lines, without their ends.
  public var lines: [String] { text.split(whereSeparator: \.isNewline).map(String.init) }
  /// Whether everyone who could write has closed it.
  public var isOver: Bool { state.withLock { $0.isOver } }
}
