import Contract
import Glibc
import JSON
import Support
import Testing

/// A server and workers at a real broker that asks who they are, and is asked the same.
@Suite(.serialized, .enabled(if: TestBroker.isInstalled, Comment(rawValue: TestBroker.reason)))
struct BrokerAccessTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// A machine's user, as `audio-server broker user` prints it.
  private func user(_ name: String, _ role: String, _ credentials: String? = nil) async throws -> String {
    let flags = credentials.map { ["--broker-credentials", $0] } ?? []
    let program = try await Program.run("audio-server", ["broker", "user", name, "--role", role] + flags)
    #expect(program.end == .status(0), "\(program.standardError.text)")
    return program.standardOutput.text
  }

  private func broker(_ blocks: String, users: [String]) async throws -> TestBroker {
    let text = "\(blocks)\nauthorization { users = [\n\(users.joined(separator: "\n"))\n] }\n"
    return try await TestBroker(configuration: try folder.file("nats.conf", text.utf8))
  }

  private func login(_ user: String, _ password: String) throws -> String {
    try folder.file(user, "\(user)\n\(password)\n".utf8)
  }

  private static func tls(_ files: TestCertificates, _ more: String = "") -> String {
    "tls { cert_file: \"\(files.certificate)\", key_file: \"\(files.key)\", \(more) }"
  }

  private static func server(_ url: String, _ flags: [String]) async throws -> TestServer {
    try await TestServer(["--broker", url, "--workers", "0", "--machine", "g"] + flags)
  }

  private static func worker(_ url: String, _ flags: [String]) throws -> Program {
    try Program("audio-worker", ["--broker", url, "--workers", "1", "--machine", "a"] + flags)
  }

  /// Streams are measured, and the broker had nothing to complain of.
  private static func expectService(_ server: TestServer, _ worker: Program) throws {
    let client = try RawWebSocket(port: server.port)
    for seq in 1...40 { #expect(try client.isMeasured(seq: seq), "\(worker.standardError.text)") }
    let receipt = try client.receipt()
    #expect((receipt.chunks, receipt.processed, receipt.replayed) == (40, 40, 0))
    for program in [server.program, worker] { #expect(!program.standardError.text.contains("complains")) }
  }

  @Test(
    .enabled(if: TestCertificates.isAvailable, "\(TestCertificates.requirement)"),
    arguments: ["", "handshake_first: true"])
  func `over TLS, with nkeys that the command makes, each has all it needs`(_ order: String) async throws {
    let files = try TestCertificates()
    let (gateway, worker) = ("\(folder.path)/g.nk", "\(folder.path)/a.nk")
    let users = try await [user("g", "gateway", gateway), user("a", "worker", worker)]
    for (user, file) in zip(users, [gateway, worker]) {
      let seed = try #require(TextFile.read(file)?.split(separator: "\n").first { $0.hasPrefix("SU") })
      #expect(user.contains("nkey: U") && !user.contains(String(seed)))
    }
    let broker = try await broker(Self.tls(files, order), users: users)
    // The upgrade is asked for by the broker, TLS from the start must be asked for by the URL or a file.
    let url = order.isEmpty ? broker.url : broker.tlsURL()
    let trust = ["--broker-ca", files.authority]
    let server = try await Self.server(url, trust + ["--broker-credentials", gateway])
    let machine = try Self.worker(url, trust + ["--broker-credentials", worker])
    try Self.expectService(server, machine)
    // No secret where everybody sees it.
    let seed = try #require(TextFile.read(worker)).prefix { $0 != "\n" }
    for pid in [machine.pid] + ProcessTable.children(of: machine.pid) {
      let line = TextFile.read("/proc/\(pid)/cmdline") ?? ""
      #expect(!line.isEmpty && !line.contains(seed))
    }
    // A worker that dies is gone at the broker, too, though its parent has the connection.
    let pid = try #require(ProcessTable.children(of: machine.pid).first)
    kill(pid, SIGKILL)
    try await eventually("the server hears of it") { try server.figure("workers_lost_total") == 1 }
    let client = try RawWebSocket(port: server.port)
    #expect(try client.isMeasured(seq: 1))
    machine.signal(SIGTERM)
    #expect(try await machine.ended() == .status(0))
  }

  @Test(.enabled(if: TestCertificates.isAvailable, "\(TestCertificates.requirement)"))
  func `a certificate of each machine is enough where the broker maps it to a user`() async throws {
    let files = try TestCertificates()
    let users = try await [user("g", "gateway"), user("a", "worker")]
    let broker = try await broker(
      Self.tls(files, "ca_file: \"\(files.authority)\", verify_and_map: true"), users: users)
    func flags(_ machine: String) throws -> [String] {
      let identity = try files.identity(of: machine)
      return [
        "--broker-ca", files.authority, "--broker-cert", identity.certificate, "--broker-key", identity.key,
      ]
    }
    let server = try await Self.server(broker.tlsURL(host: "localhost"), flags("g"))
    let machine = try Self.worker(broker.tlsURL(host: "localhost"), flags("a"))
    try Self.expectService(server, machine)
    let unmapped = try await Self.server(broker.url, flags("unmapped"))
    let nobody = try await Self.server(broker.url, ["--broker-ca", files.authority])
    try await eventually("who is not mapped is refused") {
      try Cluster.unreadiness(unmapped).contains("maps the certificate of --broker-cert to no user")
        && Cluster.unreadiness(nobody).contains("give --broker-cert and --broker-key")
    }
  }

  private struct Failure: CustomTestStringConvertible {
    var testDescription: String
    var names = "DNS:localhost,IP:127.0.0.1"
    var days = 2
    var trusts = true
    var reason: String
  }

  private static let failures = [
    Failure(testDescription: "another authority", trusts: false, reason: "--broker-ca must have the authority"),
    Failure(testDescription: "another name", names: "DNS:other.example", reason: "its URL must have a name of"),
    Failure(testDescription: "an expired one", days: -1, reason: "certificate has expired; it must be renewed"),
  ]

  @Test(.enabled(if: TestCertificates.isAvailable, "\(TestCertificates.requirement)"), arguments: failures)
  private func `a broker whose certificate is none to trust is refused with the reason`(
    _ failure: Failure
  ) async throws {
    let files = try TestCertificates(names: failure.names, days: failure.days)
    let broker = try await TestBroker(configuration: try folder.file("nats.conf", Self.tls(files).utf8))
    let trust = failure.trusts ? ["--broker-ca", files.authority] : []
    let server = try await Self.server(broker.url, trust)
    let machine = try Self.worker(broker.url, trust)
    try await eventually("both say why") {
      try Cluster.unreadiness(server).contains(failure.reason)
        && machine.standardError.text.contains(failure.reason)
    }
  }

  @Test func `with the rights of its machine each has all it needs, and nothing without the password`() async throws {
    let (gateway, worker) = try (login("g", "gate"), login("a", "work"))
    let broker = try await broker("", users: [user("g", "gateway", gateway), user("a", "worker", worker)])
    let wrong = try folder.file("wrong", "g\nguess\n".utf8)
    let refused = try await Self.server(broker.url, ["--broker-credentials", wrong])
    try await eventually("the broker refuses") {
      try Cluster.unreadiness(refused) == "no broker: the broker refused: Authorization Violation (user \"g\")"
    }
    let server = try await Self.server(broker.url, ["--broker-credentials", gateway])
    let machine = try Self.worker(broker.url, ["--broker-credentials", worker])
    try Self.expectService(server, machine)
    let secret = try await Self.server(
      broker.url, ["--broker-credentials", gateway, "--broker-ca", "/etc/ssl/certs/ca-certificates.crt"])
    try await eventually("TLS is missed") { try Cluster.unreadiness(secret).contains("offers no TLS") }
  }

  private static let directorySubjects = [
    "INFO", "CREATE", "UPDATE", "DELETE", "PURGE", "MSG.GET", "MSG.DELETE", "SNAPSHOT",
  ].map { "$JS.API.STREAM.\($0).KV_sessions" }

  @Test func `a gateway uses the directory, which an operator makes, and can't end it`() async throws {
    let files = try (login("g", "gate"), login("admin", "boss"))
    let broker = try await broker("", users: [user("g", "gateway", files.0), user("admin", "admin", files.1)])
    let server = try await Self.server(broker.url, ["--broker-credentials", files.0])
    try await eventually("it misses the directory") {
      try Cluster.unreadiness(server) == "no worker has said hello at the broker"
        && server.program.standardError.text.contains("audio-server broker init --replicas 1|3")
    }
    let flags = ["broker", "init", "--replicas", "1", "--broker", broker.url, "--broker-credentials"]
    let refused = try await Program.run("audio-server", flags + [files.0])
    #expect(refused.end == .status(1) && refused.standardError.text.contains("--role admin"))
    for answer in ["made the bucket `sessions`, with 1 replica\n", "the bucket `sessions` is there, with 1 replica\n"] {
      let made = try await Program.run("audio-server", flags + [files.1])
      #expect(made.end == .status(0) && made.standardOutput.text == answer, "\(made.standardError.text)")
    }
    try await eventually("it finds the directory") {
      server.program.standardError.text.contains("directory of sessions found")
    }
    let gateway = try RawBrokerClient(broker, user: "g", password: "gate")
    for subject in Self.directorySubjects where !subject.contains(".INFO.") && !subject.contains("MSG.GET") {
      try gateway.say("PUB \(subject) 2\r\n{}")
      #expect(try gateway.heard().contains("Permissions Violation for Publish"), "\(subject)")
    }
    try gateway.say("SUB as.dir.h.> 1")
    #expect(try gateway.heard().contains("Permissions Violation for Subscription"))
    try gateway.say("SUB as.copy.g.> 2\r\nSUB as.give 3\r\nPUB as.give 0\r\n\r\nPUB as.copy.h.1.g.2 0\r\n")
    #expect(try !gateway.heard().contains("Violation"))
  }

  @Test func `a worker with another's credentials hears and forges nothing`() async throws {
    let files = try (login("g", "gate"), login("a", "work"), login("b", "other"))
    let broker = try await broker(
      "", users: [user("g", "gateway", files.0), user("a", "worker", files.1), user("b", "worker", files.2)])
    let server = try await Self.server(broker.url, ["--broker-credentials", files.0])
    let machine = try Self.worker(broker.url, ["--broker-credentials", files.1])
    let client = try RawWebSocket(port: server.port)
    #expect(try client.isMeasured(seq: 1))
    // The gateway has linked the worker under this name.
    let life = try #require(
      server.program.standardError.text.firstMatch(of: /connected to the broker.*gateway[="]+g\.([0-9a-f]{16})/)
    ).1
    let other = try RawBrokerClient(broker, user: "b", password: "other")
    let forbidden = [
      "as.w.a.>", "as.w.*.>", "as.>", ">", "as.w.a.> queue", "as.g.>", "as.g.g.\(life).b.>", "as.hello.>", "as.gone.>",
      "as.echo.>", "$JS.>", "$KV.>", "as.dir.>", "as.init.>", "as.give", "as.copy.>",
    ]
    for (number, subject) in forbidden.enumerated() {
      try other.say("SUB \(subject) \(number + 1)")
      #expect(try other.heard().contains("Permissions Violation for Subscription"), "\(subject)")
    }
    let forged =
      ["as.g.g.\(life).a.x", "as.hello.a.x", "as.gone.a.x", "as.w.a.x.g.y", "as.echo.g.\(life)"]
      + ["as.dir.g.\(life).1", "as.give", "as.copy.g.\(life).b.x", "$KV.sessions.aa"] + Self.directorySubjects
    for subject in forged {
      try other.say("PUB \(subject) 2\r\n{}")
      #expect(try other.heard().contains("Permissions Violation for Publish"), "\(subject)")
    }
    // "No responders" to a message that names another's link for replies reaches nobody else.
    try other.say("PUB as.g.none.x.b.y as.g.g.\(life).a.x 2\r\n{}")
    // Its own rights it has.
    try other.say("SUB as.w.b.> 99")
    #expect(try !other.heard().contains("Violation"))
    for seq in 2...20 { #expect(try client.isMeasured(seq: seq)) }
    #expect(try !other.heard().contains("MSG"))
    #expect(try server.figure("workers_lost_total") == 0)
    let receipt = try client.receipt()
    #expect((receipt.chunks, receipt.processed, receipt.replayed) == (20, 20, 0))
    withExtendedLifetime(machine) {}
  }
}
