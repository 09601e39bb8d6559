internal import Glibc

/// Tests/Contract, run once against a server of its own with the tests' Python; each case's result is asked for by
/// name.
public actor ContractRun {
  public static let shared = ContractRun()
  public static let python = CaseScript.python
  private static let script = CaseScript("Tests/Contract/contract.py")

  public static let hasPython = CaseScript.hasPython
  public static let reason = "no .deps/python: Scripts/setup makes it"
  public static let isCI = getenv("CI").map { String(cString: $0) } == "true"

  /// The cases there are, as the script lists them.
  public static func cases(group: String) async throws -> [CaseScript.Case] { try await script.cases(group: group) }

  private var service: Task<[String: String], any Error>?

  /// Why the case of that name is not kept, or nil when it is.
  public func failure(of name: String) async throws -> String? {
    let run = service ?? Task { try await Self.runService() }
    service = run
    let results = try await run.value
    guard let result = results[name] else { return "it was not run; those run: \(results.keys.sorted())" }
    return result.isEmpty ? nil : result
  }

  /// A file with every message of the cases' connections: each line has its connection, direction and text.
  public func record() async throws -> String {
    _ = try await failure(of: "")
    return Self.recordPath
  }

  private static let recordPath = "/tmp/audio-contract-\(getpid()).jsonl"

  private static func runService() async throws -> [String: String] {
    atexit { unlink(ContractRun.recordPath) }
    // A debug build measures the largest chunk for seconds where others want the processors, too: that is no hanging
    // worker.
    let server = try await TestServer(["--worker-timeout", "30"])
    let results = try await run(against: server, ["--record", recordPath])
    guard try await server.stop() == .status(0) else {
      throw TestFailure(
        "audio-server did not end well after the contract's cases:\n\(server.program.standardError.text)")
    }
    return results
  }

  /// Runs the script and reads its lines: a case's name and why it failed, or nothing.
  public static func run(
    against server: TestServer, scheme: String = "ws", _ arguments: [String]
  ) async throws -> [String: String] {
    try await script.run(["--url", "\(scheme)://127.0.0.1:\(server.port)"] + arguments)
  }
}
