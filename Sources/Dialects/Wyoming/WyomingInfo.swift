internal import JSON
internal import Recognition

/// The answer to `describe`: one program with the engines that workers load as its models.
enum WyomingInfo {
  static func event(_ engines: EngineList) -> WyomingEvent {
    let models = engines.readiness.map { engine, isReady, model in
      part(engine, model?.name ?? engine, isInstalled: isReady)
        + [.init(key: "languages", value: .array((model?.languages ?? []).map { .string($0) }))]
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
