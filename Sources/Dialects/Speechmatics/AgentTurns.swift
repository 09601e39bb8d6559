internal import JSON
internal import Recognition

/// Segments and turns of a stream, which voice agents get in place of transcripts (Speechmatics' Agent STT).
struct AgentTurns: Equatable {
  enum Message: Equatable {
    case speechStarted(at: Double)
    case speechEnded(at: Double)
    case turnStarted(at: Double)
    case turnEnded(at: Double)
    case partial(Segment)
    case final(Segment)
  }

  /// Whether a pause ends a turn. Otherwise only the client does, who has a voice detector of its own.
  private var endsAtPauses = true
  private var isOpen = false
  private var lastPartial = ""
  /// End of the newest segment.
  private var position = 0.0

  init() {}

  /// Reads the mode in `StartRecognition`.
  init(_ start: JSONValue) throws(SpeechmaticsProblem) {
    let mode = start["turn_config"]?["turn_detection_mode"] ?? .null
    switch mode {
    case .null, .string("vad"): break
    case .string("external"): endsAtPauses = false
    default:
      throw SpeechmaticsProblem(.config, "turn_detection_mode", expected: "vad or external", mode.text)
    }
  }

  mutating func take(_ event: UtteranceTracker.Event) -> [Message] {
    switch event {
    case .began(let segment, let isContinued):
      return endsAtPauses && !isContinued ? [.speechStarted(at: segment.start)] : []
    case .partial(let segment, _):
      guard segment.text != lastPartial else { return [] }
      lastPartial = segment.text
      return began(segment) + [.partial(segment)]
    case .over(let segment, let ending):
      return endsAtPauses && ending != .length ? [.speechEnded(at: segment.end)] : []
    case .final(let segment, let ending):
      lastPartial = ""
      position = segment.end
      let messages: [Message] = segment.text.isEmpty ? [] : began(segment) + [.final(segment)]
      return endsAtPauses && ending == .silence ? messages + end() : messages
    }
  }

  private mutating func began(_ segment: Segment) -> [Message] {
    defer { isOpen = true }
    return isOpen ? [] : [.turnStarted(at: segment.start)]
  }

  /// The turn is over, if there is one.
  mutating func end() -> [Message] {
    defer { isOpen = false }
    return isOpen ? [.turnEnded(at: position)] : []
  }
}

extension AgentTurns.Message {
  func write(to json: inout JSONObject) {
    func add(_ message: String, _ times: (String, Double)...) {
      json.add("message", message)
      json.add("metadata", .object(times.map { .init(key: $0.0, value: .number($0.1)) }))
    }
    switch self {
    case .speechStarted(let second): add("SpeechStarted", ("start_time", second))
    case .speechEnded(let second): add("SpeechEnded", ("end_time", second))
    case .turnStarted(let second): add("StartOfTurn", ("start_time", second))
    case .turnEnded(let second): add("EndOfTurn", ("end_time", second))
    case .partial(let segment), .final(let segment):
      let isFinal = self == .final(segment)
      add(isFinal ? "AddSegment" : "AddPartialSegment", ("start_time", segment.start), ("end_time", segment.end))
      json.add("segment", .object([.init(key: "transcript", value: .string(segment.text))]))
    }
  }
}
