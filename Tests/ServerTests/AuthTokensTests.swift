import CommandLine
import Dialects
import Support
import Testing
import Web

@testable import Server

struct AuthTokensTests {
  private func entry(_ name: String, _ token: String) -> AuthTokens.Entry {
    AuthTokens.Entry(name: name, salt: [UInt8](repeating: 7, count: 16), token: token)
  }

  /// As the native protocol has it.
  private func presented(_ request: HTTPRequest) -> String? {
    AuthToken.presented(by: request, in: NativeDialect.policy.credentials)
  }

  @Test func `a token is found by its hash, and by nothing that is not it`() throws {
    let (alice, bob) = (AuthToken.make(), AuthToken.make())
    let text = "# who\n\n\(entry("alice", alice).line)\r\n  \n\(entry("bob", bob).line)"
    let tokens = try AuthTokens(parsing: text)
    #expect(tokens.entries.map(\.name) == ["alice", "bob"])
    #expect(tokens.entry(of: alice)?.name == "alice")
    #expect(tokens.entry(of: bob)?.name == "bob")
    for other in [AuthToken.make(), "", "alice", String(alice.dropLast()), alice + "x", entry("alice", alice).line] {
      #expect(tokens.entry(of: other) == nil)
    }
    #expect(!text.contains(alice))
    #expect(AuthTokens().entry(of: alice) == nil)
  }

  @Test func `the hash is SHA-256 of salt and token`() {
    // printf 'saltsaltsaltsalt%s' AAAA…A (43) | sha256sum
    let token = String(repeating: "A", count: 43)
    let made = AuthTokens.Entry(name: "a", salt: Array("saltsaltsaltsalt".utf8), token: token)
    #expect(made.hash.hexadecimal == "fa9cd994bc236daa574ab37de91b9159cbd36f1c13fab83ebf2774116ac9e799")
  }

  @Test(arguments: [
    ("alice", 1), ("alice 00 00", 1), ("\n# x\nalice zz zz", 3),
    ("a/b 07070707070707070707070707070707 \(String(repeating: "0", count: 64))", 1),
    ("alice 07070707070707070707070707070707 \(String(repeating: "0", count: 62))", 1),
    ("alice 07070707070707070707070707070707 \(String(repeating: "+", count: 64))", 1),
    ("alice 07070707070707070707070707070707 \(String(repeating: "0", count: 64)) more", 1),
  ])
  func `a line that is no token's is named by its number`(text: String, line: Int) {
    #expect(throws: AuthTokenError.badLine(line)) { try AuthTokens(parsing: text) }
  }

  @Test func `a role is the fourth word, and stream where there is none`() throws {
    let salt = [UInt8](repeating: 7, count: 16)
    for role in TokenRole.allCases {
      let entry = AuthTokens.Entry(name: "a", salt: salt, token: "t", role: role)
      #expect(entry.line.split(separator: " ").count == (role == .stream ? 3 : 4))
      #expect(try AuthTokens(parsing: entry.line).entries == [entry])
    }
    let line = AuthTokens.Entry(name: "a", salt: salt, token: "t").line
    #expect(try AuthTokens(parsing: line + " stream").entries.first?.role == .stream)
    #expect(throws: AuthTokenError.badLine(1)) { try AuthTokens(parsing: line + " operator x") }
  }

  @Test func `a name has one token`() {
    let line = entry("alice", AuthToken.make()).line
    #expect(throws: AuthTokenError.nameTaken("alice")) { try AuthTokens(parsing: "\(line)\n\(line)") }
  }

  @Test func `a token is 43 digits, different each time`() {
    let tokens = (0..<100).map { _ in AuthToken.make() }
    #expect(Set(tokens).count == 100)
    #expect(tokens.allSatisfy(AuthToken.isWellFormed))
    // base64 of 32 bytes of 255 and of 0, without what fills up.
    #expect(AuthToken.text(of: [UInt8](repeating: 255, count: 32)) == String(repeating: "_", count: 42) + "8")
    #expect(AuthToken.text(of: [UInt8](repeating: 0, count: 32)) == String(repeating: "A", count: 43))
    #expect(AuthToken.text(of: Array("Man".utf8)) == "TWFu")
  }

  @Test(arguments: [
    ("authorization", "Bearer abc", "abc"), ("authorization", "bearer  abc ", "abc"),
    ("authorization", "Basic abc", ""),
    ("authorization", "Bearer", ""), ("authorization", "Bearer a b", ""),
    ("sec-websocket-protocol", "audio-service, token.abc", "abc"), ("sec-websocket-protocol", "token.a.b ,x", "a.b"),
    ("sec-websocket-protocol", "audio-service", nil), ("x-token", "abc", nil),
  ])
  func `a token is looked for in its header and among the subprotocols`(name: String, value: String, token: String?) {
    let request = HTTPRequest(method: "GET", path: "/", headers: [(name, value)])
    #expect(presented(request) == token)
  }

  @Test(arguments: [
    ("authorization", "Token abc", "abc"), ("authorization", "bearer abc", "abc"), ("authorization", "abc", "abc"),
    ("authorization", "Basic abc", ""), ("authorization", "Token a b", ""), ("x-api-key", "abc", "abc"),
    ("sec-websocket-protocol", "token, abc", "abc"), ("sec-websocket-protocol", "Bearer,abc", "abc"),
    ("sec-websocket-protocol", "token", ""), ("sec-websocket-protocol", "other, abc", nil), ("x-token", "abc", nil),
  ])
  func `other services' clients carry it in their own places`(name: String, value: String, token: String?) {
    let request = HTTPRequest(method: "GET", path: "/", headers: [(name, value)])
    #expect(AuthToken.presented(by: request, in: VoskDialect.policy.credentials) == token)
  }

  @Test func `a token in the header counts before one in the URL`() {
    let query = [HTTPRequest.QueryItem(name: "token", value: "url")]
    #expect(presented(HTTPRequest(method: "GET", path: "/", query: query)) == "url")
    let both = HTTPRequest(method: "GET", path: "/", query: query, headers: [("Authorization", "Bearer header")])
    #expect(presented(both) == "header")
  }

  @Test func `tokens are added to a file, listed and removed, and nobody else may read it`() throws {
    let folder = try TemporaryFolder()
    let file = AuthTokenFile(path: "\(folder.path)/tokens")
    #expect(throws: AuthTokenError.self) { try file.tokens() }
    #expect(throws: AuthTokenError.self) { try file.remove("alice") }
    let alice = try file.add("alice")
    let bob = try file.add("bob")
    #expect(try ShellCommand.run("stat -c %a \(file.path)").hasPrefix("600"))
    #expect(throws: AuthTokenError.nameTaken("alice")) { try file.add("alice") }
    #expect(try file.tokens().entry(of: alice)?.name == "alice")
    try ShellCommand.run("chmod 640 \(file.path); echo '# a note' >>\(file.path)")
    try file.remove("alice")
    #expect(try file.tokens().entries.map(\.name) == ["bob"])
    #expect(try file.tokens().entry(of: alice) == nil)
    #expect(try file.tokens().entry(of: bob)?.name == "bob")
    #expect(throws: AuthTokenError.unknownName("alice")) { try file.remove("alice") }
    #expect(try ShellCommand.run("stat -c %a \(file.path)").hasPrefix("640"))
    #expect(try ShellCommand.run("cat \(file.path)").contains("# a note"))
  }

  @Test(arguments: [
    [], ["make", "x"], ["add"], ["add", "a", "b"], ["list", "x"], ["remove"],
  ])
  func `what is no command about tokens is a usage error`(operands: [String]) throws {
    let settings = try Settings(
      TokenCommand.flags, arguments: operands + ["--auth-tokens", "/nowhere/tokens"], environment: { _ in nil })
    #expect(throws: UsageError.self) { try TokenCommand.run(settings) }
  }

  @Test func `a token is added with a role, which the list shows`() throws {
    let folder = try TemporaryFolder()
    func run(_ arguments: String...) throws -> Result<(output: String, note: String?), AuthTokenError> {
      try TokenCommand.run(
        Settings(
          TokenCommand.flags, arguments: arguments + ["--auth-tokens", "\(folder.path)/tokens"],
          environment: { _ in nil }))
    }
    _ = try run("add", "alice").get()
    _ = try run("add", "prometheus", "--role", "metrics").get()
    _ = try run("add", "bob", "--role", "operator").get()
    #expect(try run("list").get().output == "alice\nprometheus metrics\nbob operator")
    #expect(throws: UsageError.self) { try run("add", "eve", "--role", "root") }
  }

  @Test func `a command about tokens needs its file, and a name that fits in a line`() throws {
    let none = try Settings(TokenCommand.flags, arguments: ["list"], environment: { _ in nil })
    #expect(throws: UsageError.self) { try TokenCommand.run(none) }
    let folder = try TemporaryFolder()
    for name in ["a b", "", "#x", "a\nb", String(repeating: "x", count: 65)] {
      let settings = try Settings(
        TokenCommand.flags, arguments: ["add", name, "--auth-tokens", "\(folder.path)/tokens"],
        environment: { _ in nil })
      guard case .failure = try TokenCommand.run(settings) else {
        Issue.record("\(name) was taken for a name")
        continue
      }
    }
  }
}
