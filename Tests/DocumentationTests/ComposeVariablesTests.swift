import CommandLine
import Support
import Testing

@testable import Server

/// Holds the compose files to the server's flags.
@Suite struct ComposeVariablesTests {
  @Test func `the server in a container gets all its variables but host and port, those of paths as secrets`() throws {
    func text(_ path: String) -> String { TextFile.read("\(TextFile.repository)/\(path)") ?? "" }
    let overlays = ["tokens", "tls", "model", "journal", "journal_key"].map { text("docker/compose.\($0).yml") }
      .joined()
    for flag in ServerSettings.flags {
      guard let variable = flag.variables.first,
        !["host", "port", "config", "worker-path", "speech-home", "page"].contains(flag.name),
        // Containers on several machines are described nowhere yet.
        !flag.name.hasPrefix("broker"), flag.name != "machine"
      else { continue }
      let isPath = ["FILE", "DIR"].contains(flag.placeholder)
      if isPath {
        #expect(overlays.contains("\n      \(variable): "), "\(variable)")
      } else {
        #expect(text("docker-compose.yml").contains("\n      - \(variable)\n"), "\(variable)")
      }
    }
  }
}
