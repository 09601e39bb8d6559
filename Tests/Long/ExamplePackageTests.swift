import Support
import Testing

/// The examples in Swift as a program of somebody else: a package that depends on this one.
@Suite struct ExamplePackageTests {
  @Test(.enabled(if: LongForm.isWanted, "it builds the libraries again, which takes minutes"))
  func `the examples are built as a package of their own, and transcribe`() async throws {
    let repository = TextFile.repository
    let build = ["--package-path", "\(repository)/examples/swift", "--scratch-path", "\(repository)/.build/examples"]
    let built = try await Program.run("/usr/bin/env", ["swift", "build"] + build, within: .seconds(1_200))
    #expect(built.end == .status(0), "\(built.standardOutput.text)\(built.standardError.text)")
    let folder = try TemporaryFolder()
    let sound = try folder.file("sound.wav", WaveFile.bytes([Double](repeating: 0.1, count: 8_000), rate: 16_000))
    let server = try await TestServer()
    let example = try await Program.run("\(repository)/.build/examples/debug/Transcribe", [sound, server.url])
    #expect(example.end == .status(0), "\(example.standardError.text)")
    #expect(example.standardOutput.lines.count == 5)
  }
}
