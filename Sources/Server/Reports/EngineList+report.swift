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
    switch state {
    case .unavailable(let reason):
      return .object([member("engine", name), member("state", "unavailable"), member("reason", reason)])
    case .ready:
      guard let model else { return .object([member("engine", name), member("state", "ready")]) }
      return .object([
        member("engine", name), member("state", "ready"), member("model", model.name),
        .init(key: "languages", value: .array(languages.map { .string($0) })),
        .init(key: "models", value: .array(models.map(\.json))),
      ])
    }
  }
}

extension EngineModel {
  fileprivate var json: JSONValue {
    var members: [JSONValue.Member] = [
      .init(key: "model", value: .string(name)),
      .init(key: "state", value: .string(problem == nil ? "ready" : "unavailable")),
    ]
    if let problem {
      members.append(.init(key: "reason", value: .string(problem)))
    } else {
      members += [
        .init(key: "languages", value: .array(languages.map { .string($0) })),
        .init(key: "detects_language", value: .bool(detectsLanguage)),
      ]
    }
    return .object(members)
  }
}
