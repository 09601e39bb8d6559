/// A user at the broker.
public enum BrokerLogin: Equatable, Sendable {
  case password(user: String, password: String)
  case key(BrokerKey)

  /// The size that a file may have.
  public static let mostBytes = 4096
  /// The contents of a file, for errors.
  public static let fileContents =
    "a file of two lines, the user and the password, or of one, the seed of a user's nkey (SU…)"

  /// Reads two lines, the user and the password, or one, the seed of a key.
  public init?(text: String) {
    let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).map(String.init)
    let rest = lines.drop { !$0.isEmpty }
    guard rest.allSatisfy(\.isEmpty) else { return nil }
    switch lines.count - rest.count {
    case 1:
      guard let key = BrokerKey(seed: lines[0]) else { return nil }
      self = .key(key)
    case 2: self = .password(user: lines[0], password: lines[1])
    default: return nil
    }
  }
}
