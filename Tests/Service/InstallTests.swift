import Glibc
import Support
import Testing

/// What Scripts/install puts where, with the programs of these tests.
@Suite(.serialized) struct InstallTests {
  private let folder: TemporaryFolder
  private var prefix: String { "\(folder.path)/usr" }

  init() throws { folder = try TemporaryFolder() }

  @discardableResult
  private func install(_ arguments: String..., programs: String = Program.buildFolder) async throws -> Program {
    let install = try await Program.run(
      "\(TextFile.repository)/Scripts/install", arguments,
      environment: [
        "PREFIX": prefix, "SYSCONFDIR": "\(folder.path)/etc", "PROGRAMS": programs, "SPEECH": "off", "DESTDIR": "",
      ])
    #expect(install.end == .status(0), "\(install.standardError.text)")
    return install
  }

  private func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

  @Test func `an installed server finds its worker, a client its server, and nothing is left of them`() async throws {
    try await install()
    let server = try Program("\(prefix)/bin/audio-server", ["--port", "0"])
    try await eventually("it listens", within: .seconds(30)) { TestServer.port(in: server.standardError.lines) != nil }
    let port = try #require(TestServer.port(in: server.standardError.lines))
    let recording = "\(prefix)/share/audio-service/speech.wav"
    let client = try await Program.run(
      "\(prefix)/bin/audio-client", ["file", recording, "--speed", "fast", "--url", "http://127.0.0.1:\(port)"])
    #expect(client.end == .status(0), "\(client.standardError.text)")
    server.signal(SIGTERM)
    #expect(try await server.ended() == .status(0))
    for path in ["share/man/man1/audio-client.1", "share/bash-completion/completions/audio-server"] {
      #expect(TextFile.read("\(prefix)/\(path)")?.contains("audio-") == true)
    }

    // Settings are the administrator's: neither the next installation nor the removal takes them.
    let settings = "\(folder.path)/etc/audio-service/server.conf"
    let check = try await Program.run("\(prefix)/bin/audio-server", ["check-config", "--config", settings])
    #expect(check.end == .status(0), "\(check.standardError.text)")
    try TextFile.write("port = 8001\n".utf8, to: settings)
    try await install()
    try await install("--uninstall")
    #expect(TextFile.read(settings) == "port = 8001\n")
    #expect(try ShellCommand.run("find \(prefix) -type f") == "")
  }

  @Test(.enabled(if: ShellCommand.has("openssl"), "openssl is not installed"))
  func `the installed script makes the secrets of a cluster, with the installed server`() async throws {
    try await install()
    let secrets = "\(folder.path)/secrets"
    let program = try await Program.run(
      "\(prefix)/share/audio-service/cluster/secrets.sh",
      [secrets, "--hosts", "127.0.0.1", "--gateways", "g", "--workers", "a"],
      environment: ["PATH": "\(prefix)/bin:/usr/bin:/bin"])
    #expect(program.end == .status(0), "\(program.standardError.text)")
    for name in ["users.conf", "broker.pem", "g.nk", "a.nk", "admin.nk"] { #expect(exists("\(secrets)/\(name)")) }
  }

  @Test(.enabled(if: ShellCommand.has("systemd-analyze"), "systemd-analyze is not installed"))
  func `the units are valid, and those of services leave little open`() async throws {
    try await install()
    // The brokers' program comes from elsewhere.
    let broker = try #require(TextFile.read("\(prefix)/share/audio-service/cluster/nats-server.service"))
      .replacing("ExecStart=nats-server", with: "ExecStart=/bin/true")
    let services =
      ["server", "worker"].map { "\(prefix)/lib/systemd/system/audio-\($0).service" }
      + [try folder.file("nats-server.service", broker.utf8)]
    let user = "\(prefix)/lib/systemd/user/audio-recorder.service"
    let sockets = ["", "-wyoming"].map { "\(prefix)/lib/systemd/system/audio-service\($0).socket" }
    #expect(
      try ShellCommand.run("systemd-analyze verify --man=no \((services + sockets).joined(separator: " "))") == "")
    #expect(
      try ShellCommand.run("XDG_RUNTIME_DIR=\(folder.path) systemd-analyze verify --user --man=no \(user)") == "")
    // Tenths: 1.3 of 10.
    for service in services {
      try ShellCommand.run("systemd-analyze security --no-pager --offline=yes --threshold=13 \(service)")
    }
  }

  @Test(.enabled(if: SimulatedMicrophone.isAvailable, "\(SimulatedMicrophone.requirement)"))
  func `the installed recorder keeps each utterance in a file of the day, and says none elsewhere`() async throws {
    try await install()
    let server = try await TestServer()
    let configuration = try SimulatedMicrophone.configuration(of: ["default": SimulatedMicrophone()])
    let recorder = try Program(
      "\(prefix)/lib/audio-service/recorder",
      environment: [
        "XDG_STATE_HOME": "\(folder.path)/state", "ALSA_CONFIG_PATH": configuration, "WS_URL": server.url,
      ])
    let files = "\(folder.path)/state/audio-service/*.txt"
    func kept() throws -> String { try ShellCommand.run("cat \(files) 2>/dev/null || true") }
    try await eventually("words are kept\n\(recorder.standardError.text)") { try kept().contains("mock transcription") }
    recorder.signal(SIGTERM)
    #expect(try await recorder.ended() == .status(0), "\(recorder.standardError.text)")
    let listing = try ShellCommand.run("stat -c '%a %n' \(files)")
    #expect(listing.split(separator: "\n").allSatisfy { $0.hasPrefix("600 ") }, "\(listing)")
    #expect(recorder.standardOutput.text == "")
    #expect(!recorder.standardError.text.contains("mock"), "\(recorder.standardError.text)")
  }
}
