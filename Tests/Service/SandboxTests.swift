import Contract
import Glibc
import JSON
import Support
import Testing

/// What untrusted sound gets that takes a worker over.
@Suite(.enabled(if: TakenOverWorker.isAvailable, "\(TakenOverWorker.requirement)")) struct SandboxTests {
  private static let isRoot = geteuid() == 0
  private static let isInstrumented = getenv("TSAN_OPTIONS") != nil || getenv("ASAN_OPTIONS") != nil
  private static let users: [Bool] = isRoot ? [false, true] : [true]
  /// Those who can read the speech folder, which lies in the checkout.
  private static let speakers: [Bool] = isRoot && !isOpen(SpeechFiles.home) ? [false] : users
  private static let rootReason: Comment = "run the tests as root to see what a worker of root's gets"

  /// Whether every user can enter the folder and those above it.
  private static func isOpen(_ path: String) -> Bool {
    var status = stat()
    let isEntered = stat(path, &status) == 0 && status.st_mode & S_IXOTH != 0
    guard isEntered, let end = path.lastIndex(of: "/"), end > path.startIndex else { return isEntered }
    return isOpen(String(path[..<end]))
  }

  @Test(arguments: users)
  func `without the sandbox each attempt succeeds, so that this can fail`(_ isOrdinary: Bool) async throws {
    let worker = try TakenOverWorker(isOrdinary: isOrdinary)
    let child = try worker.child()
    try await child.ended()
    let outcomes = TakenOverWorker.outcomes(of: child)
    #expect(Set(outcomes.keys) == TakenOverWorker.attempts, "\(child.standardError.text)")
    #expect(outcomes.values.allSatisfy { $0 == "succeeded" }, "\(outcomes)")
  }

  @Test(.enabled(if: isRoot, rootReason), .enabled(if: !isInstrumented, "a sanitizer needs a wider sandbox"))
  func `a worker of root's reaches nothing`() async throws {
    try await expectNothing(isOrdinary: false, [])
  }

  @Test(.enabled(if: !isInstrumented, "a sanitizer needs a wider sandbox"))
  func `a worker of an ordinary user's reaches nothing`() async throws {
    try await expectNothing(isOrdinary: true, [])
  }

  @Test(
    .enabled(if: SpeechFiles.areExpected, "\(SpeechFiles.reason)"),
    .enabled(if: !isInstrumented, "a sanitizer needs a wider sandbox"), arguments: speakers)
  func `nor does one that reads a model`(_ isOrdinary: Bool) async throws {
    try await expectNothing(isOrdinary: isOrdinary, ["--engine", "speech", "--speech-home", SpeechFiles.home])
  }

  @Test(.enabled(if: !isInstrumented, "a sanitizer needs a wider sandbox"), arguments: users)
  func `nor does the program that a decoder of files becomes`(_ isOrdinary: Bool) async throws {
    let worker = try TakenOverWorker(isOrdinary: isOrdinary)
    let decoder = try worker.decoder()
    try await decoder.ended()
    let outcomes = TakenOverWorker.outcomes(of: decoder)
    #expect(Set(outcomes.keys) == TakenOverWorker.attempts, "\(decoder.standardError.text)")
    #expect(outcomes.values.allSatisfy { $0 != "succeeded" }, "\(outcomes)")
  }

  @Test(.enabled(if: !isInstrumented, "a sanitizer needs a wider sandbox"), arguments: users)
  func `nor one without a model on a machine that permits the filter alone`(_ isOrdinary: Bool) async throws {
    let server = try await expectNothing(isOrdinary: isOrdinary, [], isBare: true)
    #expect(server.standardError.text.contains("worker sandbox worker=1 layers=seccomp\n"))
    #expect(server.standardError.lines.count { $0.contains(" warning worker sandbox lacks a layer") } == 3)
    let hasFFmpeg = access("/usr/bin/ffmpeg", X_OK) == 0
    #expect(
      server.standardError.lines.count { $0.contains(" warning ffmpeg, which decodes uploads") } == (hasFFmpeg ? 1 : 0))
  }

  @discardableResult
  private func expectNothing(
    isOrdinary: Bool, _ flags: [String], isBare: Bool = false
  ) async throws -> Program {
    let worker = try TakenOverWorker(isOrdinary: isOrdinary)
    let server = try worker.server(flags, isBare: isBare)
    var port: Int?
    try await eventually("audio-server listens; it said:\n\(server.standardError.text)") {
      port = TestServer.port(in: server.standardError.lines)
      return port != nil || server.end != nil
    }
    let client = try RawWebSocket(port: try #require(port, "\(server.standardError.text)"))
    try client.send(text: #"{"type":"start","engine":"mock"}"#)
    try client.send(binary: TakenOverWorker.takeover)
    try await eventually("the worker is taken over") {
      TakenOverWorker.outcomes(of: server).count == TakenOverWorker.attempts.count
    }
    let outcomes = TakenOverWorker.outcomes(of: server)
    #expect(!outcomes.values.contains("succeeded"), "\(outcomes)")
    // It lives, and serves.
    #expect(try client.receipt().processed == 1)
    server.signal(SIGTERM)
    #expect(try await server.ended() == .status(0))
    return server
  }

  @Test func `the report says what restricts the workers, and why a layer is missing`() async throws {
    let server = try await TestServer()
    let layers = try #require(try server.stats()["sandbox"]?.array)
    #expect(layers.map { $0["layer"]?.string } == ["seccomp", "landlock", "namespaces", "user"])
    for layer in layers {
      #expect((layer["active"] == .bool(true)) == (layer["reason"] == nil), "\(layer)")
    }
    #expect(layers.first?["active"] == .bool(true))
    let hasFFmpeg = access("/usr/bin/ffmpeg", X_OK) == 0
    #expect(try server.stats()["ffmpeg_sandbox"]?.array == (hasFFmpeg ? Array(layers.prefix(2)) : []))
    // What the kernel says of it.
    let status = try #require(TextFile.read("/proc/\(server.workers[0])/status"))
    #expect(status.contains("\nSeccomp:\t2\n") && status.contains("\nNoNewPrivs:\t1\n"))
    #expect(status.contains("\nCapEff:\t0000000000000000\n") && status.contains("\nCapPrm:\t0000000000000000\n"))
    #expect(server.program.standardError.text.contains("worker sandbox worker=1 layers=seccomp"))
  }
}
