import Glibc
import Support
import Testing

/// Files that packaging/cluster/secrets.sh makes, keeps, removes and renews.
@Suite(.enabled(if: ShellCommand.has("openssl"), "openssl is not installed")) struct ClusterSecretsTests {
  private let folder: TemporaryFolder
  private var secrets: String { "\(folder.path)/secrets" }
  private static let machines = ["--hosts", "127.0.0.1,broker.example", "--gateways", "g", "--workers", "a,b"]

  init() throws { folder = try TemporaryFolder() }

  private func run(_ arguments: [String]) async throws -> Program {
    try await Program.run(
      "\(TextFile.repository)/packaging/cluster/secrets.sh", [secrets] + arguments,
      environment: ["AUDIO_SERVER": "\(Program.buildFolder)/audio-server"])
  }

  /// Runs it to a good end, and answers what it said.
  @discardableResult private func make(_ arguments: String...) async throws -> String {
    let program = try await run(arguments)
    #expect(program.end == .status(0), "\(program.standardError.text)")
    return program.standardError.text
  }

  private func text(_ name: String) -> String? { TextFile.read("\(secrets)/\(name)") }

  /// The users, as the broker is told.
  private func users() -> Int { (text("users.conf") ?? "").split(separator: "\n").count { $0.contains("nkey: ") } }

  private func expectSigned() throws {
    let files = "'\(secrets)/authority.pem' '\(secrets)/broker.pem'"
    #expect(try ShellCommand.run("openssl verify -CAfile \(files)").hasSuffix("broker.pem: OK\n"))
  }

  @Test func `machines are added and kept, and removed with their secrets`() async throws {
    #expect(try await run(Self.machines).end == .status(0))
    try expectSigned()
    let names = try ShellCommand.run("openssl x509 -in '\(secrets)/broker.pem' -noout -ext subjectAltName")
    #expect(names.contains("IP Address:127.0.0.1, DNS:broker.example"))
    #expect(users() == 4)
    let modes = try ShellCommand.run("stat -c %a '\(secrets)' '\(secrets)'/*.nk '\(secrets)'/*.key")
    #expect(Set(modes.split(separator: "\n")) == ["700", "600"])
    let kept = ["authority.pem", "broker.pem", "broker.key", "admin.nk", "g.nk", "a.nk", "b.nk"]
    let before = kept.map(text)
    #expect(try await make("--workers", "c") == "")
    #expect(kept.map(text) == before && before.allSatisfy { $0 != nil })
    #expect(users() == 5)
    #expect(try await make("--remove", "b,c") == "")
    #expect(users() == 3)
    #expect(TextFile.names(in: secrets).filter { $0.hasSuffix(".nk") }.sorted() == ["a.nk", "admin.nk", "g.nk"])
    // A machine added again under that name has another secret.
    try await make("--workers", "b")
    #expect(text("b.nk") != nil && text("b.nk") != before[6])
  }

  @Test func `the brokers' certificate is made anew for other hosts, before it ends, and when that is wanted`()
    async throws
  {
    #expect(try await run(Self.machines).end == .status(0))
    let authority = text("authority.pem")
    var certificate = text("broker.pem")
    func expectAnother(_ said: String) throws {
      #expect(said.contains("give the brokers broker.pem and broker.key"))
      #expect(text("broker.pem") != certificate)
      certificate = text("broker.pem")
      try expectSigned()
      #expect(text("authority.pem") == authority)
    }
    try expectAnother(try await make("--hosts", "broker.example"))
    try expectAnother(try await make("--renew"))
    #expect(try await make() == "")
    #expect(text("broker.pem") == certificate)
    try ShellCommand.run(
      "cd '\(secrets)' && openssl x509 -x509toreq -in broker.pem -signkey broker.key -out request && "
        + "openssl x509 -req -in request -CA authority.pem -CAkey authority.key -days 89 -out broker.pem")
    certificate = text("broker.pem")
    try expectSigned()
    try expectAnother(try await make())
  }

  @Test func `the certificate ends with its authority, which is told, and another authority signs another one`()
    async throws
  {
    #expect(try await run(Self.machines).end == .status(0))
    try ShellCommand.run(
      "openssl req -x509 -key '\(secrets)/authority.key' -days 100 -subj '/CN=audio-service brokers' "
        + "-addext keyUsage=critical,keyCertSign -out '\(secrets)/authority.pem'")
    #expect(try await make() == "")
    let said = try await make("--renew")
    // Of the last day some of the seconds have passed, or none.
    #expect([99, 100].contains { said.contains("the authority ends in \($0) days") }, "\(said)")
    let end = "openssl x509 -in '\(secrets)/broker.pem' -noout -checkend"
    try ShellCommand.run("\(end) $((98 * 86400))")
    #expect(throws: ShellCommand.Failure.self) { try ShellCommand.run("\(end) $((101 * 86400))") }
    try ShellCommand.run("rm '\(secrets)/authority.pem' '\(secrets)/authority.key'")
    #expect(try await make().contains("a new certificate"))
    try expectSigned()
    #expect(try await make() == "")
  }

  @Test(arguments: [
    (["--dance"], "--dance: expected --hosts"), (["--workers"], "--workers: expected names"),
    (["--gateways", "g"], "each at least once"), (machines + ["--remove", "z"], "z: there is no such machine"),
    (machines + ["--workers", "g"], "g: is a gateway already"), (machines + ["--gateways", "admin"], "another name"),
  ])
  func `what does not fit is refused with what would`(_ arguments: [String], _ words: String) async throws {
    let program = try await run(arguments)
    #expect(program.end == .status(2))
    #expect(program.standardError.text.contains(words), "\(program.standardError.text)")
  }
}
