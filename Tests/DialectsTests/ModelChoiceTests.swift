import Audio
import Contract
import JSON
import Recognition
import Testing
import Web

@testable import Dialects
@testable import Streams

/// How clients of each protocol name a model or a language.
struct ModelChoiceTests {
  private func problem(_ query: [(String, String)], _ engines: EngineList = .twoModels()) throws -> String? {
    do {
      _ = try DialectConnection(query, engines: engines)
      return nil
    } catch let error as Rejection {
      #expect(error.response.status == 400)
      return try JSONValue(parsing: error.response.body)["error"]?.string
    }
  }

  @Test func `a URL names a model, its engine with it, and a language`() throws {
    let engines = EngineList.twoModels(standard: "mock")
    #expect(
      try DialectConnection([("model", "base"), ("language", "ru")], engines: engines).request
        == StreamRequest(format: .standard, engine: "speech", model: "base", language: "ru"))
    #expect(
      try DialectConnection([("engine", "speech"), ("language", "auto")], engines: engines).request
        == StreamRequest(format: .standard, engine: "speech", language: "auto"))
    // Without either the worker is told nothing.
    #expect(try DialectConnection(engines: .twoModels()).request == StreamRequest(format: .standard, engine: "speech"))
  }

  @Test func `what no model has is refused with the list`() throws {
    #expect(try problem([("language", "de")]) == #"language: expected one of auto, en, fr, ru, got "de""#)
    #expect(try problem([("model", "tiny"), ("language", "ru")]) == #"language: expected one of en, got "ru""#)
    #expect(try problem([("model", "large")]) == #"model: expected one of tiny, base, got "large""#)
    #expect(
      try problem([("model", "broken")])
        == #"model: expected one of tiny, base (broken is unavailable: no file), got "broken""#)
    #expect(try problem([("model", "x")], .mockAlone) == #"model: expected none, as no engine has any, got "x""#)
    #expect(try problem([("model", "")]) == #"model: expected the name of a model, got """#)
  }

  @Test func `a start names them too, and another engine has other models`() throws {
    var connection = try DialectConnection([("model", "tiny")], engines: .twoModels())
    #expect(
      connection.say(#"{"type":"start","model":"base","language":"ru"}"#)
        == .start(StreamRequest(format: .standard, engine: "speech", model: "base", language: "ru")))
    #expect(
      connection.write(.started(StreamRequest(format: .standard, engine: "speech", model: "base", language: "ru")))
        .first?.hasSuffix(#""encoding":"s16le","language":"ru","model":"base"}"#) == true)
    #expect(connection.say(#"{"type":"start","language":"de"}"#) == .nothing)
    #expect(
      connection.output.take()
        == [#"{"error":"language: expected one of auto, en, ru, fr, got \"de\""}"#])
    #expect(
      connection.say(#"{"type":"start","engine":"mock"}"#)
        == .start(StreamRequest(format: .standard, engine: "mock", language: "ru")))
  }

  @Test func `segments have their language in replies and the receipt of streams that name one`() throws {
    let segment = Segment(number: 1, start: 0.5, end: 1, text: "да", language: "ru")
    let update = StreamEvent.update(TranscriptUpdate(segment: segment, stableWords: 1, isFinal: true))
    let receipt = StreamReceipt(
      totals: StreamTotals(), duration: 1, levels: Levels(), sha256: "", segments: [segment], skippedPartials: 0)
    for language in [nil, "auto", "ru"] as [String?] {
      var connection = try DialectConnection(
        language.map { [("language", $0)] } ?? [], engines: .twoModels())
      let messages = connection.write(update, .result(.silence(1)), .receipt(receipt))
      #expect(messages.count == 2)
      for message in messages {
        #expect(message.contains(#""text":"да","language":"ru"}"#) == (language != nil))
        #expect(message.contains(#""text":"да"}"#) == (language == nil))
      }
    }
  }

  @Test func `other protocols name a model where they name one, and any other name is the default engine`() throws {
    let engines = EngineList.twoModels(standard: "mock")
    func choice(_ model: String?, _ language: String? = nil) throws -> EngineChoice {
      try engines.choice(ofModel: model, language: language)
    }
    #expect(try choice("nova-3") == EngineChoice(engine: "mock"))
    #expect(try choice("speech", "") == EngineChoice(engine: "speech"))
    #expect(try choice("base", "ru") == EngineChoice(engine: "speech", model: "base", language: "ru"))
    for language in ["multi", "auto"] {
      #expect(try choice("speech", language) == EngineChoice(engine: "speech", language: "auto"))
    }
    #expect(throws: ModelSelection.Problem.self) { try choice("speech", "de") }
    #expect(throws: ModelSelection.Problem.self) { try choice("broken") }
    // Whatever an engine takes, it is a code.
    for language in ["en-" + String(repeating: "A", count: 33), "in English", "ru\n", "ру"] {
      #expect(throws: ModelSelection.Problem.self) { try choice("mock", language) }
    }
    #expect(engines.modelName(of: try choice("speech", "en")) == "tiny")
    #expect(engines.modelName(of: try choice("speech", "ru")) == "base")
    #expect(engines.modelName(of: try choice("nova-3")) == "mock")
  }

  @Test func `the language is known beforehand if it was told, or the model has one`() {
    let engines = EngineList.twoModels(language: "ru")
    #expect(engines.language(of: EngineChoice(engine: "speech", language: "en-GB")) == "en-GB")
    #expect(engines.language(of: EngineChoice(engine: "speech")) == "ru")
    #expect(engines.language(of: EngineChoice(engine: "speech", model: "tiny")) == "en")
    #expect(engines.language(of: EngineChoice(engine: "speech", language: "auto")) == nil)
    #expect(engines.language(of: EngineChoice(engine: "mock")) == nil)
  }

  @Test func `a recording's language is that of the most utterances`() {
    var heard = HeardRecording()
    for (index, language) in (["en", "ru", nil, "ru"] as [String?]).enumerated() {
      let segment = Segment(number: index + 1, start: 0, end: 1, text: "x", language: language)
      heard.take(.update(TranscriptUpdate(segment: segment, stableWords: 1, isFinal: true)))
      #expect(heard.language == (index < 3 ? "en" : "ru"))
    }
  }
}
