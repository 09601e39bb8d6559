/// What turns samples into words. The raw value is the name used in URLs, control messages and flags.
public enum Engine: String, CaseIterable, Sendable {
  case mock
  case speech

  /// The number the worker link carries.
  public var code: UInt8 {
    switch self {
    case .mock: 0
    case .speech: 1
    }
  }

  /// The engine with this `code`, or nil.
  public init?(code: UInt8) {
    guard let match = Self.allCases.first(where: { $0.code == code }) else { return nil }
    self = match
  }
}
