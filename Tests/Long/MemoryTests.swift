import Glibc
import Support
import Testing

@Suite struct MemoryTests {
  private func streams(_ count: Int, on server: TestServer, stopping: Bool) throws {
    for number in 1...count {
      // A stream's end comes behind everything before it: so now and then the worker has nothing waiting.
      let stopping = stopping || number % 50 == 0
      let client = try RawWebSocket(port: server.port)
      for _ in 0..<4 { try client.send(binary: [UInt8](repeating: 3, count: 1600)) }
      if stopping {
        try client.send(text: #"{"type":"stop"}"#)
        _ = try client.rest()
      } else {
        // Vanishes with its chunks half answered.
        _ = try client.message()
      }
    }
  }

  @Test(.enabled(if: LongForm.isWanted, "make test-long"), arguments: [true, false])
  func `memory does not grow with streams that have ended`(_ stopping: Bool) async throws {
    let server = try await TestServer(["--log-level", "error"])
    let worker = server.workers[0]
    try streams(300, on: server, stopping: stopping)
    let before = (server: ProcessTable.residentBytes(server.program.pid), worker: ProcessTable.residentBytes(worker))
    try streams(2000, on: server, stopping: stopping)
    // A stream that is kept costs some hundred bytes at the least; the allocator's own noise is below a megabyte.
    #expect(ProcessTable.residentBytes(worker) < before.worker + 1 << 20)
    #expect(ProcessTable.residentBytes(server.program.pid) < before.server + 2 << 20)
    #expect(server.workers == [worker])
  }

  @Test(.enabled(if: MortalWorker.isAvailable, "\(MortalWorker.requirement)"))
  func `a worker that is too slow for those who flood it slows them, within the budget, and loses nothing`()
    async throws
  {
    let worker = try MortalWorker(isSlow: true)
    let server = try await TestServer(
      ["--worker-path", worker.path, "--memory-budget", "32", "--log-level", "error"])
    let load = try await Program.run(
      "audio-client",
      [
        "simulate", "--clients", "8", "--messages", LongForm.either("400", orShort: "200"), "--rate-ms", "0",
        "--chunk-bytes", "65536", "--in-flight",
        "500", "--url", server.url,
      ], within: .seconds(240))
    #expect(load.end == .status(0), "\(load.standardOutput.text)\n\(load.standardError.text)")
    // 205 MB were sent, in the short form half of that. The budget, what a queue to a worker holds of it once more, and
    // the program itself.
    #expect(try ProcessTable.mostResidentBytes(server.program.pid) < LongForm.either(128, orShort: 96) << 20)
  }
}
