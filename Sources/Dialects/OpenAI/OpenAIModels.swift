internal import Contract
internal import JSON
internal import Recognition
internal import Web

/// The list of models: the engines that are ready, their models, and the name that clients look for.
struct OpenAIModels {
  private let names: [String]

  init(_ engines: EngineList, customary: String) {
    names = engines.readiness.filter(\.isReady).flatMap { [$0.engine] + $0.models.map(\.name) } + [customary]
  }

  /// - Parameter name: of one model; empty for all.
  func response(to name: Substring, id: RequestID) -> HTTPResponse {
    if name.isEmpty {
      return Self.response(
        [
          .init(key: "object", value: .string("list")),
          .init(key: "data", value: .array(names.map { .object(Self.members($0)) })),
        ], id)
    }
    guard names.contains(String(name)) else {
      let known = names.joined(separator: ", ")
      return OpenAIError(
        status: 404, message: "model: expected one of \(known), got \(String(name.prefix(60)).quoted)",
        parameter: "model", code: "model_not_found"
      ).response(id: id)
    }
    return Self.response(Self.members(String(name)), id)
  }

  private static func response(_ members: [JSONValue.Member], _ id: RequestID) -> HTTPResponse {
    HTTPResponse(status: 200, json: JSONValue.object(members).text, headers: [id.openAIHeader])
  }

  private static func members(_ name: String) -> [JSONValue.Member] {
    [
      .init(key: "id", value: .string(name)), .init(key: "object", value: .string("model")),
      .init(key: "created", value: .number(0)), .init(key: "owned_by", value: .string("audio-service")),
    ]
  }
}
