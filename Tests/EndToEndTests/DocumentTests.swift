import Support
import Testing

@Suite struct DocumentTests {
  /// Flags and variables in a program's help.
  private func told(by program: String, _ arguments: [String]) async throws -> (
    flags: Set<String>, variables: Set<String>
  ) {
    let help = try await Program.run(program, arguments + ["--help"])
    guard help.end == .status(0) else { throw TestFailure("\(program) has no help: \(help.standardError.text)") }
    var flags: Set<String> = []
    var variables: Set<String> = []
    for line in help.standardOutput.lines where line.hasPrefix("  --") {
      flags.insert(String(line.dropFirst(2).prefix { $0 != " " }))
      guard let note = line.firstRange(of: "env ") else { continue }
      for name in line[note.upperBound...].split(whereSeparator: { ", );".contains($0) }) {
        variables.insert(String(name))
      }
    }
    return (flags, variables)
  }

  @Test(arguments: [
    ["audio-server"], ["audio-client", "mic"], ["audio-client", "file"], ["audio-client", "simulate"],
  ])
  func `README names every flag and variable a program has`(_ command: [String]) async throws {
    guard let readme = TextFile.read("\(TextFile.repository)/README.md") else { throw TestFailure("no README.md") }
    let (flags, variables) = try await told(by: command[0], Array(command.dropFirst()))
    #expect(flags.count > 3)
    for name in flags.union(variables) { #expect(readme.contains("`\(name)`"), "README.md does not name \(name)") }
  }
}
