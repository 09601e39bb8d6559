internal import Glibc

/// Tests/Contract, run once against a server of its own with the tests' Python; each case's result is asked for by
/// name.
public actor ContractRun {
  public static let shared = ContractRun()
  public static let python = "\(TextFile.repository)/.deps/python/bin/python"
  private static let script = "\(TextFile.repository)/Tests/Contract/contract.py"

  /// Whether the Python that Scripts/setup makes is there.
  public static let hasPython = access(python, X_OK) == 0
  public static let reason = "no .deps/python: Scripts/setup makes it"
  public static let isCI = getenv("CI").map { String(cString: $0) } == "true"

  public struct Case: Sendable, CustomStringConvertible {
    public var group: String
    public var name: String
    public var description: String { name }
  }

  /// The cases there are, as the script lists them.
  public static func cases(group: String) async throws -> [Case] {
    let list = try await Program.run(python, ["-B", script, "--list"])
    guard list.end == .status(0) else { throw TestFailure("contract.py --list: \(list.standardError.text)") }
    return list.standardOutput.lines.compactMap { line in
      let parts = line.split(separator: "\t", maxSplits: 1)
      return parts.count == 2 && parts[0] == group ? Case(group: group, name: String(parts[1])) : nil
    }
  }

  private var service: Task<[String: String], any Error>?

  /// Why the case of that name is not kept, or nil when it is.
  public func failure(of name: String) async throws -> String? {
    let run = service ?? Task { try await Self.runService() }
    service = run
    let results = try await run.value
    guard let result = results[name] else { return "it was not run; those run: \(results.keys.sorted())" }
    return result.isEmpty ? nil : result
  }

  private static func runService() async throws -> [String: String] {
    // A debug build measures the largest chunk for seconds where others want the processors, too: that is no hanging
    // worker.
    let server = try await TestServer(["--worker-timeout", "30"])
    let results = try await run(against: server, [])
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
    let run = try await Program.run(
      python, ["-B", script, "--url", "\(scheme)://127.0.0.1:\(server.port)"] + arguments, within: .seconds(900))
    var results: [String: String] = [:]
    for line in run.standardOutput.lines {
      if line.hasPrefix("ok - ") { results[String(line.dropFirst(5))] = "" }
      guard line.hasPrefix("not ok - "), let colon = line.firstRange(of: ": ") else { continue }
      results[String(line[..<colon.lowerBound].dropFirst(9))] = String(line[colon.upperBound...])
    }
    guard !results.isEmpty else { throw TestFailure("contract.py said nothing: \(run.standardError.text)") }
    return results
  }
}
