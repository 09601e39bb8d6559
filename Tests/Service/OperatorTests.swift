import Contract
import Glibc
import JSON
import Support
import Testing

/// What operators are shown, and who else is not.
@Suite struct OperatorTests {
  private func get(_ server: TestServer, _ path: String, token: String? = nil, host: String = "localhost") throws -> (
    status: Int, json: JSONValue?
  ) {
    let socket = try RawSocket(port: server.port)
    let authorization = token.map { "Authorization: Bearer \($0)\r\n" } ?? ""
    try socket.send("GET \(path) HTTP/1.1\r\nHost: \(host)\r\n\(authorization)Connection: close\r\n\r\n")
    let text = String(decoding: socket.receiveAll(), as: UTF8.self)
    guard let gap = text.firstRange(of: "\r\n\r\n"), let status = Int(text.dropFirst(9).prefix(3)) else {
      throw TestFailure("no answer but \(text)")
    }
    return (status, try? JSONValue(parsing: text[gap.upperBound...].utf8))
  }

  @Test func `streams of all loops are listed, with what they sent and how they are`() async throws {
    let server = try await TestServer(["--loops", "3"])
    var clients = try (0..<6).map { _ in try RawWebSocket(port: server.port) }
    for (number, client) in clients.enumerated() {
      _ = try client.begin()
      for seq in 1...(number + 1) { #expect(try client.isMeasured(seq: seq)) }
    }
    for _ in 0..<3 {
      let (status, list) = try get(server, "/api/audio/streams?sort=age&limit=4")
      #expect(status == 200)
      #expect(list?["total"]?.integer == 6)
      #expect(list?["streams"]?.array?.count == 4)
    }
    let all = try get(server, "/api/audio/streams").json?["streams"]?.array ?? []
    #expect(Set(all.compactMap { $0["chunks"]?.integer }) == Set(1...6))
    #expect(Set(all.compactMap { $0["worker"]?.integer }) == [1, 2, 3])
    for entry in all {
      #expect(entry["engine"]?.string == "mock")
      #expect(entry["waiting"]?.integer == 0)
      #expect(entry["away"] == .null)
      #expect(entry["peer"]?.string?.hasPrefix("127.0.0.1:") == true)
      #expect(entry["dbfs"]?.double ?? 0 < -20)
    }
    clients[0].socket.reset()
    clients.removeFirst()
    try await eventually("one is away") {
      try get(server, "/api/audio/streams?sort=away").json?["streams"]?.array?.first?["away"]?.double != nil
    }
    #expect(try clients[0].receipt().chunks == 2)
    try await eventually("one that has its receipt is not listed") {
      try get(server, "/api/audio/streams").json?["total"]?.integer == 5
    }
    #expect(try get(server, "/api/audio/streams?sort=words").status == 400)
    #expect(try get(server, "/api/audio/streams", host: "voice.example").status == 403)
  }

  @Test func `latencies, refusals and workers are in the figures`() async throws {
    let server = try await TestServer()
    let client = try RawWebSocket(port: server.port)
    _ = try client.begin()
    for seq in 1...20 { #expect(try client.isMeasured(seq: seq)) }
    _ = try get(server, "/api/audio/ws")
    let wrong = try RawSocket(port: server.port)
    try wrong.send(RawWebSocket.request(path: "/api/audio/ws?channels=9", port: server.port))
    #expect(try wrong.receiveHead().hasPrefix("HTTP/1.1 400 "))
    let stranger = try RawWebSocket(port: server.port)
    try stranger.send(text: #"{"type":"start","resume":"nobody's"}"#)
    _ = try stranger.message()
    try await eventually("a heartbeat was answered") {
      try server.stats()["workers"]?.array?.first?["heartbeat_seconds"]?.double != nil
    }
    let stats = try server.stats()
    #expect(stats["refusals"]?["invalid_request"]?.integer == 1)
    #expect(stats["figures"]?["refusals_total"]?.integer == 1)
    #expect(stats["resume_refusals"]?["unknown_session"]?.integer == 1)
    for name in ["ack", "answer"] {
      #expect(stats["latencies"]?[name]?["count"]?.integer == 20)
      #expect(stats["latencies"]?[name]?["sum"]?.double ?? 0 > 0)
    }
    #expect(stats["latencies"]?["final"]?["count"]?.integer == 0)
    let worker = stats["workers"]?.array?.first
    #expect(worker?["resident_bytes"]?.integer ?? 0 > 1 << 20)
    #expect(worker?["cpu_seconds"]?.double != nil)
    #expect(stats["figures"]?["resident_bytes"]?.integer ?? 0 > 1 << 20)
  }

  @Test func `each role sees what it may`() async throws {
    let folder = try TemporaryFolder()
    let path = "\(folder.path)/tokens"
    var tokens: [String: String] = [:]
    for role in ["stream", "metrics", "operator"] {
      let run = try await Program.run(
        "audio-server", ["token", "add", "the-\(role)", "--role", role, "--auth-tokens", path])
      tokens[role] = run.standardOutput.lines.first
    }
    let server = try await TestServer(["--auth-tokens", path])
    for (role, token) in tokens {
      #expect(try get(server, "/api/audio/stats", token: token).status == 200)
      #expect(try get(server, "/metrics", token: token).status == 200)
      #expect(try get(server, "/api/audio/engines", token: token).status == 200)
      #expect(try get(server, "/api/audio/streams", token: token).status == (role == "operator" ? 200 : 403), "\(role)")
      let socket = try RawSocket(port: server.port)
      try socket.send(RawWebSocket.request(path: "/api/audio/ws?token=\(token)", port: server.port))
      #expect(try socket.receiveHead().hasPrefix(role == "metrics" ? "HTTP/1.1 403 " : "HTTP/1.1 101 "), "\(role)")
    }
    #expect(try get(server, "/api/audio/streams").status == 401)
    #expect(try get(server, "/api/audio/stats").status == 401)
    let client = try RawWebSocket(port: server.port, query: "token=\(tokens["stream"] ?? "")")
    #expect(try client.isMeasured(seq: 1))
    let list = try get(server, "/api/audio/streams", token: tokens["operator"]).json
    #expect(list?["streams"]?.array?.contains { $0["token"]?.string == "the-stream" } == true)
  }
}
