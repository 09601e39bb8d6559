import Dialects
import JSON
import Recognition
import Testing

@testable import Server

extension EngineList {
  /// As a worker reports it that has loaded the engines that are ready.
  static func mock(andSpeech speech: EngineStatus.State, standard: String = "mock") -> EngineList {
    var list = EngineList(standard: standard, enabled: ["mock", "speech"])
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

  @Test func `an engine that is unavailable has its reason`() {
    #expect(
      EngineList.mock(andSpeech: .unavailable(reason: "no \"model\"")).json
        == #"{"default":"mock","engines":[{"engine":"mock","state":"ready"},{"engine":"speech","state":"unavailable","reason":"no \"model\""}]}"#
    )
  }
}
