import Dialects

/// The protocols this server speaks: a new one is a folder in Dialects and a line here.
enum DialectList {
  static let native = NativeDialect.self
  private static let all: [any Dialect.Type] = [native]

  static func dialect(serving path: String) -> (any Dialect.Type)? { all.first { $0.serves(path) } }
}
