import JSON
import WorkerLink

/// The engines of this server, and what is wrong with those that can't be had: as the workers said when they came up.
struct EngineStates: Equatable {
  /// The engine of streams that name none.
  let standard: Engine
  /// Those the workers were told to load; a stream may ask for any of them.
  let enabled: [Engine]
  private var problems: [Engine: String] = [:]

  init(standard: Engine, enabled: [Engine]) {
    self.standard = standard
    self.enabled = enabled
  }

  /// What a stream may ask for, by name; the first is taken when it asks for none.
  var names: [String] { [standard.rawValue] + enabled.filter { $0 != standard }.map(\.rawValue) }

  /// Takes a worker's report: an array of objects, the member `reason` in those that are unavailable.
  mutating func take(_ report: JSONValue) {
    for state in report.array ?? [] {
      guard let engine = state["engine"]?.string.flatMap(Engine.init(rawValue:)) else { continue }
      problems[engine] = state["reason"]?.string
    }
  }

  /// Why `engine` can't be had, or nil when it can.
  func problem(_ engine: Engine) -> String? {
    enabled.contains(engine)
      ? problems[engine] : "not enabled: start audio-server with --engine \(engine.rawValue) or with --model DIR"
  }

  /// Why no stream can have the engine of that name now; nil when it can.
  func refusal(_ name: String) -> String? {
    Engine(rawValue: name).flatMap(problem).map { "engine \(name) is unavailable: \($0)" }
  }

  /// What `GET /api/audio/engines` answers.
  var json: String {
    var object = JSONObject()
    object.add("default", standard.rawValue)
    object.add("engines", .array(Engine.allCases.map(state)))
    return object.text
  }

  private func state(_ engine: Engine) -> JSONValue {
    func member(_ key: String, _ value: String) -> JSONValue.Member { .init(key: key, value: .string(value)) }
    let name = member("engine", engine.rawValue)
    guard let problem = problem(engine) else { return .object([name, member("state", "ready")]) }
    return .object([name, member("state", "unavailable"), member("reason", problem)])
  }
}
