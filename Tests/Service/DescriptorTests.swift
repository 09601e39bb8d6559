import Glibc
import Support
import Testing

@Suite struct DescriptorTests {
  @Test func `a server without descriptors says so, serves those it has and takes the others when it can again`()
    async throws
  {
    let program = try Program(
      "/bin/sh",
      ["-c", "ulimit -n 40; exec \"$0\" --port 0 --handshake-timeout 600", "\(Program.buildFolder)/audio-server"])
    var port: Int?
    try await eventually("it listens") {
      port = TestServer.port(in: program.standardError.lines)
      return port != nil
    }
    let first = try RawWebSocket(port: port ?? 0)
    var crowd: [RawSocket] = []
    for _ in 0..<60 { crowd.append(try RawSocket(port: port ?? 0)) }
    try await eventually("it says so") { program.standardError.text.contains("out of descriptors") }
    let clock = ContinuousClock()
    let began = clock.now
    for _ in 0..<20 {
      try first.send(binary: [1, 2])
      _ = try first.message()
      _ = try first.message()
      try await Task.sleep(for: .milliseconds(100))
    }
    // A worker that dies meanwhile is replaced all the same: some descriptors are no connection's.
    kill(try #require(ProcessTable.children(of: program.pid).first), SIGKILL)
    try first.send(binary: [1, 2])
    _ = try (first.message(), first.message())
    #expect(!program.standardError.text.contains("socketpair"))
    // Once a second at most.
    #expect(
      program.standardError.lines.count { $0.contains("out of descriptors") } <= 2
        + Int((clock.now - began) / .seconds(1)))
    crowd = []
    let late = try RawWebSocket(port: port ?? 0)
    try late.send(binary: [1, 2])
    _ = try late.message()
    try await eventually("it says that it goes on") {
      program.standardError.text.contains("accepting connections again")
    }
    program.signal(SIGTERM)
    #expect(try await program.ended() == .status(0))
  }
}
