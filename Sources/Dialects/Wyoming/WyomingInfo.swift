internal import JSON
internal import Recognition

/// The answer to `describe`: one program with the engines that workers load as its models.
enum WyomingInfo {
  static func event(_ engines: EngineList) -> WyomingEvent {
    // An engine by its own name chooses among its models.
    let models = engines.readiness.flatMap { engine, isReady, models in
      let all = ModelSelection(models).languages
      let first = models.count == 1 ? models[0].name : engine
      return [member(engine, first, isInstalled: isReady, languages: all)]
        + (models.count > 1 ? models : []).map {
          member($0.name, $0.name, isInstalled: true, languages: $0.languages)
        }
    }
    let program =
      part("audio-service", "Audio Service", isInstalled: true) + [
        .init(key: "supports_transcript_streaming", value: .bool(true)),
        .init(key: "models", value: .array(models.map { .object($0) })),
      ]
    // Clients ask for every list.
    let others = ["tts", "handle", "intent", "wake", "mic", "snd"].map { JSONValue.Member(key: $0, value: .array([])) }
    return WyomingEvent("info", [.init(key: "asr", value: .array([.object(program)]))] + others)
  }

  private static func member(
    _ name: String, _ description: String, isInstalled: Bool, languages: [String]
  ) -> [JSONValue.Member] {
    part(name, description, isInstalled: isInstalled)
      + [.init(key: "languages", value: .array(languages.map { .string($0) }))]
  }

  private static func part(_ name: String, _ description: String, isInstalled: Bool) -> [JSONValue.Member] {
    [
      .init(key: "name", value: .string(name)),
      .init(
        key: "attribution",
        value: .object([
          .init(key: "name", value: .string("Audio Service")), .init(key: "url", value: .string("")),
        ])),
      .init(key: "installed", value: .bool(isInstalled)), .init(key: "description", value: .string(description)),
      .init(key: "version", value: .string("1")),
    ]
  }
}
