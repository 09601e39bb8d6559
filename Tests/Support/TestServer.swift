public import Glibc

/// The real server with its real workers, on a free port; ends with this.
public final class TestServer: Sendable {
  public let program: Program
  public let port: Int

  public var url: String { "ws://127.0.0.1:\(port)/api/audio/ws" }
  /// The worker processes it has now.
  public var workers: [Int32] { ProcessTable.children(of: program.pid) }

  /// Starts it and waits until it says where it listens. A worker that a busy machine starves is not taken for one that
  /// hangs, unless the test says when it is.
  /// - Parameter port: 0 is a free one.
  public init(_ flags: [String] = [], port: Int = 0, environment: [String: String] = [:]) async throws {
    let variables = ["AUDIO_WORKER_TIMEOUT": "10"].merging(environment) { $1 }
    let program = try Program("audio-server", ["--port", "\(port)"] + flags, environment: variables)
    self.program = program
    var found: Int?
    try await eventually("audio-server listens; it said:\n\(program.standardError.text)") {
      found = Self.port(in: program.standardError.lines)
      if found == nil, let end = program.end {
        throw TestFailure("audio-server ended with \(end):\n\(program.standardError.text)")
      }
      return found != nil
    }
    self.port = found ?? 0
  }

  /// Ends it as an operator would.
  @discardableResult
  public func stop(_ number: Int32 = SIGTERM) async throws -> ProgramEnd {
    program.signal(number)
    return try await program.ended()
  }

  /// The number behind `listening on http://HOST:`, or `https://`.
  public static func port(in lines: [String]) -> Int? {
    for line in lines {
      guard line.contains("listening on http"), let said = line.firstRange(of: "://") else { continue }
      let address = line[said.upperBound...].prefix { $0 != " " && $0 != "\"" }
      return address.split(separator: ":").last.flatMap { Int($0) }
    }
    return nil
  }
}
