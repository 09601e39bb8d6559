import Dialects

/// The protocols this server speaks: a new one is a folder in Dialects and a line here.
struct DialectList: Sendable {
  static let native = NativeDialect.self
  /// Protocols of other services, by name.
  static let others: [(name: String, dialect: any Dialect.Type)] = [("vosk", VoskDialect.self)]

  /// For people.
  static var names: String { others.map(\.name).joined(separator: ", ") }

  private let spoken: [any Dialect.Type]

  /// - Parameter names: of those spoken besides the native one.
  init(_ names: [String]) {
    spoken = [Self.native] + Self.others.filter { names.contains($0.name) }.map(\.dialect)
  }

  func dialect(serving path: String) -> (any Dialect.Type)? { spoken.first { $0.serves(path) } }
}
