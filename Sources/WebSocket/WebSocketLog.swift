import Synchronization

/// Where this module's and the library's own complaints go. Nowhere, unless somebody asks for them.
public enum WebSocketLog {
  public enum Level: Sendable {
    case error, warning
  }

  private static let handler = Mutex<(@Sendable (Level, String) -> Void)?>(nil)

  /// One handler a process; it is called on whatever thread complains.
  public static func handle(_ action: (@Sendable (Level, String) -> Void)?) {
    handler.withLock { $0 = action }
  }

  static func write(_ level: Level, _ text: String) {
    handler.withLock { $0 }?(level, text)
  }
}
