import Dialects
import JSON
import Recognition

extension EngineList {
  /// The answer to `GET /api/audio/engines`.
  var json: String {
    var object = JSONObject()
    object.add("default", standard)
    object.add("engines", .array(statuses.map(\.json)))
    return object.text
  }
}

extension EngineStatus {
  fileprivate var json: JSONValue {
    func member(_ key: String, _ value: String) -> JSONValue.Member { .init(key: key, value: .string(value)) }
    return switch state {
    case .ready: .object([member("engine", name), member("state", "ready")] + (model?.members ?? []))
    case .unavailable(let reason):
      .object([member("engine", name), member("state", "unavailable"), member("reason", reason)])
    }
  }
}

extension EngineModel {
  var members: [JSONValue.Member] {
    [.init(key: "model", value: .string(name)), .init(key: "languages", value: .array(languages.map { .string($0) }))]
  }
}
