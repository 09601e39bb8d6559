import Recognition
import Testing

@Suite struct ModelSelectionTests {
  private static let tiny = EngineModel(name: "tiny", languages: ["en"])
  private static let base = EngineModel(name: "base", languages: ["en", "ru", "zh", "no"], detectsLanguage: true)
  private static let broken = EngineModel(name: "broken", languages: ["fr"], problem: "no file")
  private static let own = EngineModel(name: "own", languages: [])

  private func choice(
    _ models: [EngineModel], _ model: String? = nil, _ language: String? = nil, standard: String? = nil
  ) throws -> ModelSelection.Choice {
    try ModelSelection(models, standard: standard).choice(model: model, language: language)
  }

  private func problem(_ models: [EngineModel], _ model: String? = nil, _ language: String? = nil) -> String? {
    do {
      _ = try choice(models, model, language)
      return nil
    } catch { return "\(error)" }
  }

  @Test(arguments: [
    ("en", "tiny", "en"), ("EN-us", "tiny", "en"), ("ru", "base", "ru"), ("ru-RU", "base", "ru"), ("cmn", "base", "zh"),
    ("nb_NO", "base", "no"),
  ])
  func `a language is for the model with the fewest others, in any region`(
    _ language: String, _ model: String, _ code: String
  ) throws {
    for models in [[Self.base, Self.tiny], [Self.tiny, Self.base, Self.own]] {
      #expect(try choice(models, nil, language) == .told(model: model, language: code))
    }
  }

  @Test func `a model that is named decodes, in the language that is named, or finds it`() throws {
    let models = [Self.tiny, Self.base]
    #expect(try choice(models, "base", "en") == .told(model: "base", language: "en"))
    #expect(try choice(models, "base") == .found(by: "base", mayChange: false))
    #expect(try choice(models, "base", "auto") == .found(by: "base", mayChange: false))
    #expect(try choice(models, "tiny") == .told(model: "tiny", language: "en"))
    // A model for one language hears it, whatever is spoken.
    #expect(try choice(models, "tiny", "auto") == .told(model: "tiny", language: "en"))
  }

  @Test func `without a language it is found, if a model can tell`() throws {
    for language in [nil, "auto", "AUTO"] as [String?] {
      #expect(try choice([Self.tiny, Self.base], nil, language) == .found(by: "base", mayChange: true))
      #expect(try choice([Self.tiny], nil, language) == .told(model: "tiny", language: "en"))
      #expect(try choice([Self.own], nil, language) == .told(model: "own", language: nil))
    }
  }

  @Test func `the operator's language is for streams that name none, where their model has it`() throws {
    let models = [Self.tiny, Self.base]
    #expect(try choice(models, standard: "ru") == .told(model: "base", language: "ru"))
    #expect(try choice(models, nil, "en", standard: "ru") == .told(model: "tiny", language: "en"))
    #expect(try choice(models, nil, "auto", standard: "ru") == .found(by: "base", mayChange: true))
    #expect(try choice(models, "tiny", standard: "ru") == .told(model: "tiny", language: "en"))
    #expect(try choice(models, "base", standard: "en") == .told(model: "base", language: "en"))
  }

  @Test func `a model that does not say what it knows is taken at the stream's word`() throws {
    #expect(try choice([Self.own], nil, "ru") == .told(model: "own", language: nil))
    #expect(try choice([Self.base, Self.own], nil, "fr") == .told(model: "own", language: nil))
  }

  @Test func `what no model has is refused with the list`() {
    let models = [Self.tiny, Self.base, Self.broken]
    #expect(problem(models, nil, "fr") == #"language: expected one of auto, en, no, ru, zh, got "fr""#)
    #expect(problem([Self.tiny], nil, "fr") == #"language: expected one of en, got "fr""#)
    #expect(problem(models, "tiny", "ru") == #"language: expected one of en, got "ru""#)
    #expect(problem(models, "x") == #"model: expected one of tiny, base, got "x""#)
    #expect(
      problem(models, "broken")
        == #"model: expected one of tiny, base (broken is unavailable: no file), got "broken""#)
    #expect(problem([Self.broken]) != nil)
  }

  @Test func `a language that was found is for the same model as one that is named`() {
    let selection = ModelSelection([Self.base, Self.tiny])
    #expect(selection.model(for: "en") == "tiny")
    #expect(selection.model(for: "ru") == "base")
    #expect(selection.model(for: "fr") == nil)
    #expect(selection.languages == ["en", "no", "ru", "zh"])
    #expect(ModelSelection([Self.base, Self.broken]).languages == ["en", "ru", "zh", "no"])
  }
}
