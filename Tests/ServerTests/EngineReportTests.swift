import Dialects
import JSON
import Recognition
import Testing

@testable import Server

extension EngineList {
  /// As a worker reports it that has loaded the engines that are ready.
  static func mock(
    andSpeech speech: EngineStatus.State, standard: String = "mock", required: [String] = []
  ) -> EngineList {
    var list = EngineList(standard: standard, enabled: ["mock", "speech"], required: required)
    list.update([
      EngineStatus(name: "mock", state: .ready, isContinuous: false),
      EngineStatus(name: "speech", state: speech, isContinuous: true),
    ])
    return list
  }
}

struct EngineReportTests {
  @Test func `engines that are ready are listed in the order of the catalog, with the default`() {
    #expect(
      EngineList.mock(andSpeech: .ready, standard: "speech").json
        == #"{"default":"speech","engines":[{"engine":"mock","state":"ready"},{"engine":"speech","state":"ready"}]}"#)
  }

  @Test func `an engine has the names and languages of its models, or why one cannot be used`() {
    var list = EngineList(standard: "speech", enabled: ["speech"])
    list.update([
      EngineStatus(
        name: "speech", state: .ready, isContinuous: true,
        models: [
          EngineModel(name: "tiny", languages: ["en", "de"]), EngineModel(name: "x", languages: [], problem: "no file"),
        ])
    ])
    #expect(
      list.json
        == #"{"default":"speech","engines":[{"engine":"speech","state":"ready","model":"tiny","languages":["en","de"],"#
        + #""models":[{"model":"tiny","state":"ready","languages":["en","de"],"detects_language":false},"#
        + #"{"model":"x","state":"unavailable","reason":"no file"}]}]}"#
    )
  }

  @Test func `an engine that is unavailable has its reason`() {
    #expect(
      EngineList.mock(andSpeech: .unavailable(reason: "no \"model\"")).json
        == #"{"default":"mock","engines":[{"engine":"mock","state":"ready"},{"engine":"speech","state":"unavailable","reason":"no \"model\""}]}"#
    )
  }

  @Test func `a server without its default engine, or one that it must have, is told which and why`() {
    let broken = EngineStatus.State.unavailable(reason: "no model")
    #expect(EngineList.mock(andSpeech: broken).missing == nil)
    #expect(EngineList.mock(andSpeech: .ready, standard: "speech", required: ["mock"]).missing == nil)
    for list in [
      EngineList.mock(andSpeech: broken, standard: "speech"), .mock(andSpeech: broken, required: ["speech"]),
    ] {
      #expect(list.missing.map { [$0.engine, $0.reason] } == ["speech", "no model"])
    }
    #expect(EngineList(standard: "speech", enabled: ["speech"]).missing == nil)
  }

  @Test func `an engine is there as long as a worker of one machine has it`() {
    var list = EngineList(standard: "speech", enabled: ["speech"])
    func report(_ state: EngineStatus.State, of worker: Int, on machine: String) {
      list.update([EngineStatus(name: "speech", state: state, isContinuous: true)], of: worker, on: machine)
    }
    report(.ready, of: 1, on: "a")
    report(.unavailable(reason: "no model"), of: 2, on: "b")
    #expect(list.missing == nil)
    #expect(list.statuses(on: "b").map(\.state) == [.unavailable(reason: "no model")])
    list.remove(1)
    #expect(list.missing.map { [$0.engine, $0.reason] } == ["speech", "no model"])
    report(.ready, of: 2, on: "b")
    #expect(list.missing == nil)
    // Without workers it is not known.
    list.remove(2)
    #expect(list.missing == nil)
    #expect(list.statuses(on: "b").isEmpty)
  }

  @Test func `each engine that a stream may ask for is ready or not`() {
    let list = EngineList.mock(andSpeech: .unavailable(reason: "no model"), standard: "speech")
    #expect(list.readiness.map { "\($0.engine) \($0.isReady)" } == ["speech false", "mock true"])
  }
}
