import Recognition
import Testing

@testable import EngineSherpa

@Suite struct DecodingPlanTests {
  private static let selection = ModelSelection([
    EngineModel(name: "tiny", languages: ["en"]),
    EngineModel(name: "base", languages: ["en", "ru"], detectsLanguage: true),
  ])

  private func plan(_ model: String? = nil, _ language: String? = nil) throws -> DecodingPlan {
    DecodingPlan(try Self.selection.choice(model: model, language: language), Self.selection)
  }

  private func step(_ plan: DecodingPlan, at seconds: Double) -> String {
    let (model, language) = plan.step(at: seconds)
    return "\(model) \(language ?? "finds")"
  }

  @Test func `English that was found goes to its model from the next utterance on, and is found again after quiet`()
    throws
  {
    var plan = try plan()
    #expect(step(plan, at: 0) == "base finds")
    plan.heard("en", from: 0, to: 6)
    #expect(step(plan, at: 7) == "tiny en")
    plan.heard("en", from: 7, to: 8)
    #expect(step(plan, at: 37) == "tiny en")
    #expect(step(plan, at: 38) == "base finds")
    plan.heard("ru", from: 38, to: 44)
    #expect(step(plan, at: 45) == "base ru")
  }

  @Test func `a named model keeps the stream, a named language too`() throws {
    var named = try plan("base")
    named.heard("en", from: 0, to: 6)
    #expect(step(named, at: 7) == "base en")
    var told = try plan(nil, "ru")
    told.heard("en", from: 0, to: 6)
    #expect(step(told, at: 7) == "base ru")
  }

  @Test func `an utterance without words or a language says nothing`() throws {
    var plan = try plan()
    plan.heard(nil, from: 0, to: 9)
    #expect(step(plan, at: 10) == "base finds")
  }

  @Test func `looks take at most a quarter of a core for a stream, and half of it for all`() {
    var pace = PartialPace()
    #expect(pace.seconds(among: 1) == 0)
    pace.looked(for: 0.25)
    #expect(pace.seconds(among: 1) == 1)
    #expect(pace.seconds(among: 2) == 1)
    #expect(pace.seconds(among: 4) == 2)
  }
}
