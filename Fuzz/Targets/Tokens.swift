@testable import Server

/// A file of hashed tokens and a token shown: names that can be logged, each once; a file that reads the same when
/// written; and nobody comes in but with a token that was made.
func fuzzTokens(_ bytes: UnsafeRawBufferPointer) {
  let text = String(decoding: bytes, as: UTF8.self)
  let parts = text.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
  guard let tokens = try? AuthTokens(parsing: parts.count > 1 ? String(parts[1]) : "") else { return }
  let names = tokens.entries.map(\.name)
  require(
    Set(names).count == names.count && names.allSatisfy(AuthTokens.isName) && names.allSatisfy(tokens.has),
    "A name that is none, or twice: \(names)")
  let written = tokens.entries.map(\.line).joined(separator: "\n")
  require((try? AuthTokens(parsing: written)) == tokens, "A file reads otherwise when it has been written.")
  require(tokens.entry(of: String(parts[0])) == nil, "A token was guessed.")

  let token = AuthToken.text(of: Array(bytes.prefix(32)) + [UInt8](repeating: 1, count: max(0, 32 - bytes.count)))
  require(AuthToken.isWellFormed(token), "A token of ours is none: \(token)")
  guard !tokens.has("new") else { return }
  let entry = AuthTokens.Entry(name: "new", salt: [UInt8](repeating: 7, count: AuthTokens.saltBytes), token: token)
  require(
    (try? AuthTokens(parsing: written + "\n" + entry.line))?.entry(of: token)?.name == "new", "A token does not let in."
  )
}
