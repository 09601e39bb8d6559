import JSON
import Recognition
import Testing
import WorkerLink

@testable import Server

extension EngineStates {
  static let mockAlone = EngineStates(standard: .mock, enabled: [.mock])

  /// As a worker reports it that could not load its model.
  static func speech(reason: String?) -> EngineStates {
    var states = EngineStates(standard: .speech, enabled: [.mock, .speech])
    let speech = #"{"engine":"speech","state":"\#(reason == nil ? "ready" : "unavailable")""#
    let report = #"[{"engine":"mock","state":"ready"},"# + speech + (reason.map { #","reason":"\#($0)"}]"# } ?? "}]")
    states.take((try? JSONValue(parsing: report)) ?? .null)
    return states
  }
}

struct EngineStatesTests {
  @Test func `what a worker could load is ready`() {
    let states = EngineStates.speech(reason: nil)
    #expect(
      states.json
        == #"{"default":"speech","engines":[{"engine":"mock","state":"ready"},{"engine":"speech","state":"ready"}]}"#)
    #expect(states.names == ["speech", "mock"])
    #expect(states.refusal("speech") == nil)
  }

  @Test func `what it could not load is unavailable for its reason, and nothing else is`() throws {
    let states = EngineStates.speech(reason: "no model")
    let list = try #require(try JSONValue(parsing: states.json)["engines"]?.array)
    #expect(list.map { $0["state"]?.string } == ["ready", "unavailable"])
    #expect(list[1]["reason"]?.string == "no model")
    #expect(states.refusal("speech") == "engine speech is unavailable: no model")
    #expect(states.refusal("mock") == nil)
  }

  @Test func `the next worker's word counts`() throws {
    var states = EngineStates.speech(reason: "no model")
    states.take(try JSONValue(parsing: #"[{"engine":"speech","state":"ready"},{"engine":"later"}]"#))
    #expect(states == .speech(reason: nil))
  }

  @Test func `an engine that is not enabled is listed with how to enable it`() throws {
    let list = try #require(try JSONValue(parsing: EngineStates.mockAlone.json)["engines"]?.array)
    #expect(list.map { $0["state"]?.string } == ["ready", "unavailable"])
    #expect(list[1]["reason"]?.string?.contains("--engine speech") == true)
    #expect(EngineStates.mockAlone.names == ["mock"])
  }
}

struct SegmentLogTests {
  private func take(_ text: String?, shed: Int, in log: inout SegmentLog) {
    let checkpoint = Checkpoint(frame: UInt64(shed))
    guard let text else { return log.take(nil, shed: shed, checkpoint: checkpoint) }
    Array(text.utf8).withUnsafeBytes { log.take($0, shed: shed, checkpoint: checkpoint) }
  }

  @Test func `segments are kept in order, over a worker's death too`() throws {
    var log = SegmentLog()
    take(#"[{"segment":1},{"segment":2}]"#, shed: 3, in: &log)
    take(nil, shed: 5, in: &log)
    log.workerLost()
    #expect(log.checkpoint == Checkpoint(frame: 5))
    take(#"[{"segment":3,"text":"a,]"}]"#, shed: 1, in: &log)
    #expect(log.segments.map { $0["segment"]?.integer } == [1, 2, 3])
    #expect(log.segments.last?["text"]?.string == "a,]")
    #expect(log.partialsShed == 6)
  }

  @Test func `without segments the list is empty`() { #expect(SegmentLog().segments.isEmpty) }

  @Test func `it holds as much as it may`() {
    var log = SegmentLog()
    let text = #"[{"text":"\#(String(repeating: "x", count: 1000))"}]"#
    for _ in 0..<5000 { take(text, shed: 0, in: &log) }
    let bytes = JSONValue.array(log.segments).text.utf8.count
    #expect((StreamLimits.segmentBytes - text.utf8.count...StreamLimits.segmentBytes).contains(bytes))
  }
}
