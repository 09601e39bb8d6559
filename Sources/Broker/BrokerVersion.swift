/// A version of the broker. Versions before these lose what they were told to keep, or let users around their rights:
/// docs/scaling.md.
struct BrokerVersion: Equatable, Comparable {
  var major: Int
  var minor: Int
  var patch: Int

  /// Reads `2.15.1`, also with something behind it.
  init?(_ text: String) {
    let parts = text.split(separator: ".", maxSplits: 2)
    guard parts.count == 3, let major = Int(parts[0]), let minor = Int(parts[1]),
      let patch = Int(parts[2].prefix { $0.isNumber })
    else { return nil }
    (self.major, self.minor, self.patch) = (major, minor, patch)
  }

  private init(_ major: Int, _ minor: Int, _ patch: Int) {
    (self.major, self.minor, self.patch) = (major, minor, patch)
  }

  static func < (one: BrokerVersion, other: BrokerVersion) -> Bool {
    (one.major, one.minor, one.patch) < (other.major, other.minor, other.patch)
  }

  /// The last versions of these lines have the same repairs.
  private static let repaired = BrokerVersion(2, 12, 7)
  private static let next = BrokerVersion(2, 13, 0)
  private static let first = BrokerVersion(2, 14, 0)

  var isSuitable: Bool { self >= Self.first || (Self.repaired..<Self.next).contains(self) }

  /// The versions that are suitable, for errors.
  static let needed = "2.12.7, 2.14 or later"
}
