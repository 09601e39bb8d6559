import Glibc
import Support
import Testing

/// A short run of Benchmarks/Torture; `make torture` is the long one.
@Suite struct TortureTests {
  private static let speech = access("\(TextFile.repository)/.deps/speech/complete", R_OK) == 0

  @Test(.enabled(if: ContractRun.hasPython, "\(ContractRun.reason)"))
  func `nothing is lost, doubled or changed while workers die, connections break and the server is started anew`()
    async throws
  {
    let run = try await Program.run(
      ContractRun.python,
      [
        "-B", "\(TextFile.repository)/Benchmarks/Torture/torture.py", "--server", "\(Program.buildFolder)/audio-server",
        "--recording", "\(TextFile.repository)/Assets/speech.wav", "--minutes", "0.6", "--clients", "25", "--cuts",
        "15",
        "--restarts", "1", "--speech", Self.speech ? "1" : "0",
      ], within: .seconds(300))
    #expect(run.end == .status(0), "\(run.standardOutput.text)\n\(run.standardError.text)")
    let lines = run.standardOutput.lines
    #expect(lines.last == "clean")
    for fault in ["workers killed", "connections cut", "server ended and started anew"] {
      #expect(lines.contains { $0.hasPrefix(fault) && !$0.hasSuffix(" 0") }, "\(fault)")
    }
  }
}
