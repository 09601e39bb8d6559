import Audio
import Recognition
import Support
import Testing

@testable import EngineSherpa

/// Models that are loaded when they are wanted, and given back. They are tiny: Tests/Models makes them.
@Suite(.enabled(if: SpeechSetup.isThere, SpeechSetup.reason), .serialized)
struct SpeechMemoryTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try ShellCommand.run("python3 -B '\(TextFile.repository)/Tests/Models/tiny_models.py' '\(folder.path)'")
  }

  private func engine(
    _ models: [String], idle: Duration = .seconds(300), limitBytes: Int? = nil, decodeThreads: Int = 1
  ) throws -> SpeechEngine {
    var options = SpeechEngine.Options(models: models.map { "\(folder.path)/\($0)" }, decodeThreads: decodeThreads)
    options.memory.idle = idle
    options.memory.limitBytes = limitBytes
    return try SpeechEngine(home: SpeechSetup.home, options)
  }

  /// A stream of this model that has decoded an utterance and is still open.
  private func stream(_ engine: SpeechEngine, _ number: UInt64, _ model: String) async throws -> SpeechStream {
    let (format, bytes) = try SpeechRecording.austen[1].sound()
    let stream = SpeechStream(engine, format, stream: number, model: model)
    try await stream.send(bytes)
    #expect(await stream.finish().text.hasPrefix("раз"))
    return stream
  }

  private func loaded(_ engine: SpeechEngine) -> [String] { engine.loaded.copies.map { "\($0.model) \($0.thread)" } }

  @Test func `a model is loaded when it is wanted, given back when it is idle, and loaded again`() async throws {
    let engine = try engine(["transducer", "sense_voice"], idle: .milliseconds(100))
    #expect(loaded(engine) == ["transducer 0"])
    var open: SpeechStream? = try await stream(engine, 1, "sense_voice")
    #expect(loaded(engine) == ["sense_voice 0", "transducer 0"])
    try await Task.sleep(for: .milliseconds(300))
    #expect(loaded(engine) == ["sense_voice 0", "transducer 0"])
    withExtendedLifetime(open) {}
    open = nil
    try await eventually("the idle model is given back") { loaded(engine) == ["transducer 0"] }
    _ = try await stream(engine, 2, "sense_voice")
  }

  @Test func `threads load copies of their own, and only the first keeps the standard model`() async throws {
    let engine = try engine(["transducer"], idle: .milliseconds(100), decodeThreads: 2)
    do {
      let first = try await stream(engine, 1, "transducer")
      let second = try await stream(engine, 2, "transducer")
      #expect(loaded(engine) == ["transducer 0", "transducer 1"])
      withExtendedLifetime([first, second]) {}
    }
    try await eventually("the copy is given back") { loaded(engine) == ["transducer 0"] }
  }

  @Test func `where memory is short, models that no stream uses make room, and the stream's own is loaded even so`()
    async throws
  {
    let engine = try engine(["transducer", "sense_voice", "nemo_transducer", "zipformer"], limitBytes: 1)
    let open = try await stream(engine, 1, "sense_voice")
    #expect(loaded(engine) == ["sense_voice 0", "transducer 0"])
    _ = try await stream(engine, 2, "nemo_transducer")
    #expect(loaded(engine) == ["nemo_transducer 0", "sense_voice 0", "transducer 0"])
    _ = try await stream(engine, 3, "zipformer")
    #expect(loaded(engine) == ["sense_voice 0", "transducer 0", "zipformer 0"])
    withExtendedLifetime(open) {}
  }
}
