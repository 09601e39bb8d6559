internal import CLinux
internal import Glibc
internal import Synchronization

/// Standard error, a whole line at a time, by a thread of its own.
public enum StandardError {
  private static let own = Atomic<Int32>(STDERR_FILENO)

  /// Where this program's own lines go.
  public static var descriptor: Int32 { own.load(ordering: .relaxed) }

  /// From now on only this program's own lines are seen, and not those that libraries write to descriptor 2: libmpg123
  /// warns of every odd frame, libpulse of folders that are not its user's. The reason for a crash is still seen.
  public static func hideLibraries() { own.store(linux_divert_error(), ordering: .relaxed) }

  private static let writer: LineWriter = {
    // What is queued when the program ends is written, as far as somebody reads it.
    atexit { StandardError.writer.drain(within: StandardError.longestFarewell) }
    return LineWriter { descriptor }
  }()
  private static let longestFarewell = Duration.seconds(1)

  /// Queues the text and a line break; never waits for the reader.
  /// - Returns: how many lines were dropped before this one, because nobody read, and not reported yet; nil if this one
  ///   is dropped.
  @discardableResult
  public static func write(_ text: String) -> Int? { writer.add(Array((text.readable + "\n").utf8)) }

  /// The same for text as it is, such as what moves a terminal's cursor.
  @discardableResult
  public static func put(_ text: String) -> Int? { writer.add(Array(text.utf8)) }

  /// Whether everything is written.
  public static var isIdle: Bool { writer.isIdle }

  /// Waits until everything is written, for a second at most.
  public static func drain() { writer.drain(within: longestFarewell) }
}
