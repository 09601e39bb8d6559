import Contract
import Glibc
import Support
import Testing

/// A server on sockets that a service manager listens on.
@Suite struct ActivationTests {
  /// Listens on ports for HTTP and Wyoming, prints them, and starts the program again whenever it ends.
  private static let manager = """
    import os, socket, sys
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
    print(*(each.getsockname()[1] for each in sockets), flush=True)
    while True:
        child = os.fork()
        if child == 0:
            os.dup2(os.dup(sockets[1].fileno()), 14)
            os.dup2(sockets[0].fileno(), 3)
            os.dup2(14, 4)
            os.set_inheritable(3, True)
            os.set_inheritable(4, True)
            os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="2", LISTEN_FDNAMES="http:wyoming")
            os.execv(sys.argv[1], sys.argv[1:])
        os.waitpid(child, 0)
    """

  private static func end(_ manager: Program) {
    // First, so that it starts no other.
    manager.signal(SIGSTOP)
    for child in ProcessTable.children(of: manager.pid) { kill(child, SIGKILL) }
    manager.signal(SIGKILL)
  }

  @Test func `clients that come while no server runs wait for the next one`() async throws {
    let manager = try Program(
      "/usr/bin/python3", ["-c", Self.manager, "\(Program.buildFolder)/audio-server", "--port", "1", "--loops", "2"])
    defer { Self.end(manager) }
    try await eventually("it listens") { manager.standardOutput.lines.count == 1 }
    let ports = manager.standardOutput.lines[0].split(separator: " ").compactMap { Int($0) }
    func servers() -> [Int32] { ProcessTable.children(of: manager.pid) }
    func listening() -> Int {
      manager.standardError.lines.count { $0.contains("listening on http://127.0.0.1:\(ports[0])") }
    }
    for round in 1...3 {
      try await eventually("a server listens", within: .seconds(30)) { listening() == round }
      let stream = try RawWebSocket(port: ports[0])
      _ = try stream.begin()
      #expect(try stream.isMeasured(seq: 1))
      #expect(try stream.receipt().chunks == 1)
      let server = try #require(servers().first)
      kill(server, SIGTERM)
      try await eventually("it ends") { servers().first != server }
      let waiting = try (0..<20).map { _ in try RawSocket(port: ports[0]) }
      for socket in waiting { try socket.send("GET /api/audio/health HTTP/1.1\r\nHost: localhost\r\n\r\n") }
      for socket in waiting {
        let answer = String(decoding: try socket.receive(15), as: UTF8.self)
        #expect(answer == "HTTP/1.1 200 OK")
      }
    }
    #expect(manager.standardError.text.contains("listening on tcp://127.0.0.1:\(ports[1]) (Wyoming)"))
    let wyoming = try RawSocket(port: ports[1])
    try wyoming.send("{\"type\":\"describe\"}\n")
    #expect(String(decoding: try wyoming.receive(15), as: UTF8.self).hasPrefix("{\"type\":\"info\""))
  }

  @Test func `a descriptor that does not listen is told`() async throws {
    let launcher =
      "import os,sys\nos.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS='1')\nos.execv(sys.argv[1], sys.argv[1:])"
    let server = try await Program.run("/usr/bin/python3", ["-c", launcher, "\(Program.buildFolder)/audio-server"])
    #expect(server.end == .status(1))
    #expect(server.standardError.text.contains("descriptor 3, handed over by the service manager: expected a stream"))
  }
}
