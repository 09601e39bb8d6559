import Audio
import EngineSherpa
import Recognition
import Support
import Testing

/// The engine with the model for many languages beside that for English, where both are set up.
@Suite(
  .enabled(if: SpeechSetup.isMultilingual, "whisper-base is not set up: Scripts/setup-speech --multilingual"),
  .serialized)
struct SpeechLanguageTests {
  private func engine(decodeThreads: Int = 1) throws -> SpeechEngine {
    let models = ["moonshine-tiny-en", "whisper-base"].map { "\(SpeechSetup.folder)/models/\($0)" }
    return try SpeechEngine(home: SpeechSetup.home, .init(models: models, decodeThreads: decodeThreads))
  }

  private func transcript(
    _ engine: SpeechEngine, _ recording: SpeechRecording, model: String? = nil, language: String? = nil
  ) async throws -> Transcript {
    let (format, bytes) = try recording.sound()
    let stream = SpeechStream(engine, format, model: model, language: language)
    try await stream.send(bytes)
    return await stream.finish()
  }

  @Test func `each model has its languages, and streams get the one for theirs`() throws {
    let engine = try engine()
    #expect(engine.models.map(\.name) == ["moonshine-tiny-en", "whisper-base"])
    #expect(engine.models[0].languages == ["en"] && !engine.models[0].detectsLanguage)
    #expect(engine.models[1].languages.count == 99 && engine.models[1].detectsLanguage)
    #expect(engine.problem(StreamRequest(format: .standard, engine: "speech", language: "ru")) == nil)
    let problem = engine.problem(StreamRequest(format: .standard, engine: "speech", language: "xx"))
    #expect(problem?.hasPrefix("language: expected one of auto, af, ") == true)
  }

  @Test func `English is found, and goes on with its model to the same words`() async throws {
    let engine = try engine()
    let found = try await transcript(engine, .beckett).segments
    let told = try await transcript(engine, .beckett, language: "en").segments
    #expect(found.count > 3)
    #expect(told.allSatisfy { $0.language == "en" })
    #expect(found.suffix(2) == told.suffix(2))
  }

  @Test(arguments: [1, 2]) func `streams of different languages do not disturb each other, on one thread or two`(
    _ threads: Int
  ) async throws {
    let engine = try engine(decodeThreads: threads)
    let alone = try await transcript(engine, .austen[0], model: "whisper-base", language: "en")
    let (format, bytes) = try SpeechRecording.austen[0].sound()
    let german = SpeechStream(engine, format, stream: 1, language: "de")
    let english = SpeechStream(engine, format, stream: 2, model: "whisper-base", language: "en")
    let second = format.sampleRate * format.frameBytes
    for start in stride(from: 0, to: bytes.count, by: second) {
      let piece = Array(bytes[start..<min(start + second, bytes.count)])
      for stream in [german, english] { try await stream.send(piece) }
    }
    let heard = await german.finish().segments
    #expect(!heard.isEmpty && heard.allSatisfy { $0.language == "de" })
    #expect(await english.finish().segments == alone.segments)
    #expect(!alone.segments.isEmpty)
  }
}
