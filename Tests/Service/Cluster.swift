import JSON
import Support
import Testing

/// The workers of one machine: a parent and its processes.
struct Machine {
  let program: Program
  var workers: [Int32] { ProcessTable.children(of: program.pid) }

  init(
    _ name: String, at broker: TestBroker, workers: Int = 1, program path: String = "audio-worker",
    _ flags: [String] = []
  ) throws {
    program = try Program(
      path, ["--broker", broker.url, "--workers", "\(workers)", "--machine", name] + flags)
  }
}

/// Servers and workers that meet at a broker.
enum Cluster {
  static func server(_ broker: TestBroker, _ flags: [String] = []) async throws -> TestServer {
    try await TestServer(["--broker", broker.url, "--workers", "0"] + flags)
  }

  static func unreadiness(_ server: TestServer) throws -> String {
    try JSONValue(parsing: server.get("/api/audio/ready").body.utf8)["reason"]?.string ?? ""
  }

  static func waitFor(_ count: Int, of server: TestServer) async throws {
    try await eventually("\(count) workers are ready; the server said:\n\(server.program.standardError.text)") {
      // Not one of the server's own.
      let workers = try server.stats()["workers"]?.array?.filter { $0["machine"]?.string != nil } ?? []
      return workers.count { $0["ready"]?.bool == true } == count && workers.count == count
    }
  }
}
