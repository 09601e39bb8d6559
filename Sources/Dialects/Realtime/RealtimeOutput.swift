internal import JSON
internal import Streams

/// Writes the events of a Realtime session, which it numbers.
struct RealtimeOutput {
  let sessionID: String
  var stretch = AudioStretch()
  private(set) var hasEnded = false
  private var events = 0
  private var items = 0
  private var lastItem: String?
  private var json = JSONObject()

  init(sessionID: String) { self.sessionID = sessionID }

  mutating func nextItemID() -> String {
    items += 1
    return "item_\(items)"
  }

  private mutating func begin(_ type: String) {
    events += 1
    json.reset()
    json.add("type", type)
    json.add("event_id", "event_\(events)")
  }

  private mutating func send(_ output: any DialectOutput) { json.withBytes { output.send(text: $0) } }

  mutating func session(_ type: String, _ settings: RealtimeSettings, isFlat: Bool, to output: any DialectOutput) {
    begin(type)
    json.add("session", settings.json(id: sessionID, isFlat: isFlat))
    send(output)
  }

  mutating func cleared(to output: any DialectOutput) {
    begin("input_audio_buffer.cleared")
    send(output)
  }

  /// Speech has started or stopped.
  mutating func speech(
    _ what: String, _ key: StaticString, _ second: Double, _ item: RealtimeItem, to output: any DialectOutput
  ) {
    begin("input_audio_buffer.speech_\(what)")
    json.add(key, Int((second * 1000).rounded()))
    json.add("item_id", item.id)
    send(output)
  }

  /// The audio of the item is complete.
  mutating func committed(_ item: inout RealtimeItem, to output: any DialectOutput) {
    guard !item.isCommitted else { return }
    item.isCommitted = true
    let previous = lastItem.map(JSONValue.string) ?? .null
    lastItem = item.id
    begin("input_audio_buffer.committed")
    json.add("item_id", item.id)
    json.add("previous_item_id", previous)
    send(output)
    let content = JSONValue.object([
      .init(key: "type", value: .string("input_audio")), .init(key: "transcript", value: .null),
    ])
    for stage in ["added", "done"] {
      begin("conversation.item.\(stage)")
      json.add("previous_item_id", previous)
      json.add(
        "item",
        .object([
          .init(key: "id", value: .string(item.id)), .init(key: "object", value: .string("realtime.item")),
          .init(key: "type", value: .string("message")), .init(key: "role", value: .string("user")),
          .init(key: "status", value: .string("completed")), .init(key: "content", value: .array([content])),
        ]))
      send(output)
    }
  }

  private mutating func transcription(_ stage: String, of item: RealtimeItem) {
    begin("conversation.item.input_audio_transcription.\(stage)")
    json.add("item_id", item.id)
    json.add("content_index", 0)
  }

  mutating func delta(_ delta: String, of item: RealtimeItem, to output: any DialectOutput) {
    transcription("delta", of: item)
    json.add("delta", delta)
    send(output)
  }

  mutating func completed(_ item: RealtimeItem, to output: any DialectOutput) {
    transcription("completed", of: item)
    json.add("transcript", item.text)
    json.add(
      "usage",
      .object([
        .init(key: "type", value: .string("duration")),
        .init(key: "seconds", value: .number(((item.end - item.start) * 1000).rounded() / 1000)),
      ]))
    stretch.told(in: &json)
    send(output)
  }

  /// Cause of an item without a text.
  enum Cause {
    /// Its audio can't be recognized.
    case audio
    case server
  }

  mutating func failed(_ item: RealtimeItem, _ cause: Cause, _ reason: String, to output: any DialectOutput) {
    transcription("failed", of: item)
    json.add("error") { json in
      json.add("type", cause == .audio ? "transcription_error" : "server_error")
      json.add("code", cause == .audio ? .string("audio_unintelligible") : .null)
      json.add("message", reason)
      json.add("param", .null)
    }
    stretch.told(in: &json)
    send(output)
  }

  mutating func error(_ problem: RealtimeProblem, to output: any DialectOutput) {
    sendError("invalid_request_error", .string(problem.code.rawValue), problem, to: output)
  }

  /// Nothing more can be done for the session.
  mutating func end(_ reason: String, to output: any DialectOutput) {
    hasEnded = true
    sendError("server_error", .null, RealtimeProblem(.invalidValue, reason), to: output)
    output.close(code: 1011, reason: reason)
  }

  private mutating func sendError(
    _ type: String, _ code: JSONValue, _ problem: RealtimeProblem, to output: any DialectOutput
  ) {
    func text(_ text: String?) -> JSONValue { text.map { .string($0) } ?? .null }
    begin("error")
    json.add(
      "error",
      .object([
        .init(key: "type", value: .string(type)), .init(key: "code", value: code),
        .init(key: "message", value: .string(problem.message)), .init(key: "param", value: text(problem.parameter)),
        .init(key: "event_id", value: text(problem.eventID)),
      ]))
    send(output)
  }
}
