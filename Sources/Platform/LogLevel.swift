/// How much is logged; each level includes those before it.
public enum LogLevel: String, CaseIterable, Comparable, Sendable {
  case error, warning, info, debug

  /// Compared for every chunk.
  private var rank: Int {
    switch self {
    case .error: 0
    case .warning: 1
    case .info: 2
    case .debug: 3
    }
  }
  public static func < (left: LogLevel, right: LogLevel) -> Bool { left.rank < right.rank }
}
