/// The tokens that let somebody in, as their hashes: `NAME SALT HASH` a line, the last two in hexadecimal, and then the
/// role if it is not `stream`.
///
/// A token is 256 random bits, so there is no list of likely ones to try: SHA-256 once, with a salt, is all a thief of
/// the file could wish not to meet.
struct AuthTokens: Equatable {
  /// Each attempt to come in hashes once for every line: 2 ms for so many.
  static let maximumCount = 4096
  static let saltBytes = 16
  private static let hashBytes = 32

  struct Entry: Equatable {
    /// Who the token was given to.
    var name: String
    var salt: [UInt8]
    /// SHA-256 of the salt and the token's text.
    var hash: [UInt8]
    var role = TokenRole.stream

    init(name: String, salt: [UInt8], token: String, role: TokenRole = .stream) {
      self.name = name
      self.role = role
      self.salt = salt
      hash = SHA256.digest(of: salt + Array(token.utf8))
    }

    init?(_ line: Substring) {
      let words = line.split(separator: " ")
      guard (3...4).contains(words.count), AuthTokens.isName(words[0]), let salt = [UInt8](hexadecimal: words[1]),
        let hash = [UInt8](hexadecimal: words[2]), salt.count == saltBytes, hash.count == hashBytes
      else { return nil }
      if words.count == 4 {
        guard let role = TokenRole(rawValue: String(words[3])) else { return nil }
        self.role = role
      }
      name = String(words[0])
      self.salt = salt
      self.hash = hash
    }

    var line: String {
      "\(name) \(salt.hexadecimal) \(hash.hexadecimal)" + (role == .stream ? "" : " \(role.rawValue)")
    }
  }

  private(set) var entries: [Entry] = []

  init() {}

  /// Reads a file's text. Empty lines and those that begin with `#` are passed over.
  init(parsing text: String) throws(AuthTokenError) {
    for (index, line) in Self.lines(of: text).enumerated() {
      if line.allSatisfy({ $0 == " " }) || line.hasPrefix("#") { continue }
      guard let entry = Entry(line) else { throw .badLine(index + 1) }
      guard !entries.contains(where: { $0.name == entry.name }) else { throw .nameTaken(entry.name) }
      guard entries.count < Self.maximumCount else { throw .tooMany }
      entries.append(entry)
    }
  }

  /// Whose token this is. Takes as long whoever it is, and if it is nobody's.
  func entry(of token: String) -> Entry? {
    guard AuthToken.isWellFormed(token) else { return nil }
    var found: Entry?
    for entry in entries
    where SHA256.isEqual(SHA256.digest(of: entry.salt + Array(token.utf8)), entry.hash) { found = entry }
    return found
  }

  /// In Swift CR LF is one character.
  static func lines(of text: String) -> [Substring] {
    text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
  }

  func has(_ name: String) -> Bool { entries.contains { $0.name == name } }

  /// What can be written in a line and in a log.
  static func isName(_ text: some StringProtocol) -> Bool {
    (1...64).contains(text.utf8.count)
      && text.utf8.allSatisfy { byte in
        switch byte {
        case 45, 46, 48...57, 64...90, 95, 97...122: true  // - . 0-9 @ A-Z _ a-z
        default: false
        }
      }
  }
}

/// What is wrong with a file of tokens, or with what is to be done to it.
enum AuthTokenError: Error, Equatable, CustomStringConvertible {
  case badLine(Int)
  case nameTaken(String)
  case unknownName(String)
  case tooMany
  case file(reason: String)

  var description: String {
    switch self {
    case .badLine(let number): "line \(number) is not a name, a salt and a hash, with or without a role"
    case .nameTaken(let name): "there is a token for \(name) already"
    case .unknownName(let name): "there is no token for \(name)"
    case .tooMany: "it has more than \(AuthTokens.maximumCount) tokens"
    case .file(let reason): reason
    }
  }
}
