internal import Glibc
internal import Synchronization

/// What a program has written to one of its descriptors so far, read by a thread of its own so that it never blocks.
public final class ProgramOutput: Sendable {
  private struct State {
    var bytes: [UInt8] = []
    /// How many bytes were there after each reading, and when.
    var readings: [(count: Int, at: Duration)] = []
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
        let now = Self.now
        state.withLock {
          $0.bytes += buffer[..<count]
          $0.readings.append(($0.bytes.count, now))
        }
      }
      close(descriptor)
      state.withLock { $0.isOver = true }
    }
  }

  public var bytes: [UInt8] { state.withLock { $0.bytes } }
  public var text: String { String(decoding: bytes, as: UTF8.self) }
  /// Complete and incomplete lines, without their ends.
  public var lines: [String] { text.split(whereSeparator: \.isNewline).map(String.init) }
  /// Complete lines, and when the end of each was read, on the monotonic clock.
  public var arrivals: [(line: String, at: Duration)] {
    let state = state.withLock { $0 }
    var lines: [(line: String, at: Duration)] = []
    var rest = state.bytes[...]
    var readings = state.readings[...]
    while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
      while let reading = readings.first, reading.count <= end { readings = readings.dropFirst() }
      guard let reading = readings.first else { break }
      lines.append((String(decoding: rest[..<end], as: UTF8.self), reading.at))
      rest = rest[(end + 1)...]
    }
    return lines
  }

  private static var now: Duration {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
  }

  /// Whether everyone who could write has closed it.
  public var isOver: Bool { state.withLock { $0.isOver } }
}
