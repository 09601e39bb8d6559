import Contract
import Support
import Testing

@Suite struct ContractTests {
  @Test(.enabled(if: ContractRun.isCI, "only a machine that proves everything must have it"))
  func `the machine that proves everything has the contract's Python and both microphones`() {
    #expect(ContractRun.hasPython, "\(ContractRun.reason)")
    #expect(SimulatedMicrophone.isAvailable, "\(SimulatedMicrophone.requirement)")
    #expect(VirtualMicrophone.isAvailable, "\(VirtualMicrophone.requirement)")
  }

  @Test(
    .enabled(if: ContractRun.hasPython, "\(ContractRun.reason)"),
    arguments: try await ContractRun.cases(group: "service"))
  func `the contract is kept`(_ part: CaseScript.Case) async throws {
    let failure = try await ContractRun.shared.failure(of: part.name)
    #expect(failure == nil)
  }

  @Test(.enabled(if: ContractRun.hasPython, "\(ContractRun.reason)"))
  func `SIGTERM under load answers every chunk, closes with 1001 and leaves no process`() async throws {
    let server = try await TestServer(["--workers", "2"])
    let workers = server.workers
    #expect(workers.count == 2)
    let results = try await ContractRun.run(against: server, ["--pid", "\(server.program.pid)"])
    #expect(!results.isEmpty)
    for (name, failure) in results { #expect(failure.isEmpty, "\(name)") }
    #expect(try await server.program.ended() == .status(0))
    for worker in workers { #expect(!ProcessTable.isRunning(worker)) }
  }
}
