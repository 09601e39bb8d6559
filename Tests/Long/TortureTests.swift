import Support
import Testing

/// A run of Benchmarks/Torture, in the short form of ten seconds; `make torture` takes ten minutes.
@Suite struct TortureTests {
  @Test(.enabled(if: ContractRun.hasPython, "\(ContractRun.reason)"), arguments: [false, true])
  func `nothing is lost, doubled or changed while workers die, connections break and the server is started anew`(
    hasJournal: Bool
  ) async throws {
    let folder = try TemporaryFolder()
    let run = try await Program.run(
      ContractRun.python,
      [
        "-B", "\(TextFile.repository)/Benchmarks/Torture/torture.py", "--server", "\(Program.buildFolder)/audio-server",
        "--recording", "\(TextFile.repository)/Assets/speech.wav", "--restarts", "2",
      ]
        + (hasJournal ? ["--journal", "\(folder.path)/journal"] : [])
        + LongForm.either(
          ["--minutes", "0.6", "--clients", "25", "--cuts", "15", "--speech", SpeechFiles.isThere ? "1" : "0"],
          orShort: ["--minutes", "0.17", "--clients", "12", "--cuts", "6", "--speech", "0"]), within: .seconds(300))
    #expect(run.end == .status(0), "\(run.standardOutput.text)\n\(run.standardError.text)")
    let lines = run.standardOutput.lines
    #expect(lines.last == "clean")
    for fault in ["workers killed", "connections cut", "server ended and started anew"] {
      #expect(lines.contains { $0.hasPrefix(fault) && !$0.hasSuffix(" 0") }, "\(fault)")
    }
  }
}
