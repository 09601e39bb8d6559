internal import JSON
internal import Web

/// Names of a client's parameters and fields that mean nothing here, as they can be logged: few, short and printable.
public struct IgnoredNames: Equatable, Sendable {
  private var taken: Set<String> = []

  static let most = 32
  static let longest = 40

  public init() {}

  /// - Returns: those of them that are new.
  public mutating func take(_ names: [String]) -> [String] {
    names.compactMap { name in
      let text = Self.printable(name)
      return taken.count < Self.most && taken.insert(text).inserted ? text : nil
    }
  }

  private static func printable(_ name: String) -> String {
    String(name.unicodeScalars.prefix(longest).map { (0x21...0x7E).contains($0.value) ? Character($0) : "?" })
  }
}

extension [HTTPRequest.QueryItem] {
  /// The names without those that mean something, here or to whom tokens are shown.
  func names(without known: Set<String>) -> [String] {
    map(\.name).filter { !known.contains($0) && !["token", "jwt"].contains($0) }
  }
}

extension JSONValue {
  /// The keys of an object without those that mean something; none of another value.
  func keys(without known: Set<String>) -> [String] {
    guard case .object(let members) = self else { return [] }
    return members.map(\.key).filter { !known.contains($0) }
  }
}
