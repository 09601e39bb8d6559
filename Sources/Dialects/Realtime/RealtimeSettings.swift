internal import Audio
internal import Contract
internal import JSON
internal import Recognition

/// Settings of a Realtime session. Those that are not honored are repeated as the client wrote them.
struct RealtimeSettings: Equatable {
  private(set) var format = AudioFormat(sampleRate: 24_000, channels: 1, encoding: .s16le)
  private(set) var choice: EngineChoice
  private(set) var detectsTurns = true
  private var silenceMilliseconds: Int?
  /// The members of the session's input.
  private var input: [JSONValue.Member] = [
    .init(key: "format", value: formatValue("audio/pcm", rate: 24_000)), .init(key: "transcription", value: .null),
    .init(key: "noise_reduction", value: .null), .init(key: "turn_detection", value: .object(turnDetection)),
  ]
  private var include: JSONValue?

  /// Of an object in it; what is honored has a handful.
  private static let mostMembers = 64
  /// Of what is repeated.
  private static let mostBytes = 64 << 10

  private static let turnDetection: [JSONValue.Member] = [
    .init(key: "type", value: .string("server_vad")), .init(key: "threshold", value: .number("0.5")),
    .init(key: "prefix_padding_ms", value: .number(300)), .init(key: "silence_duration_ms", value: .number(500)),
  ]

  private static func formatValue(_ type: String, rate: Int?) -> JSONValue {
    .object(
      [.init(key: "type", value: .string(type))] + (rate.map { [.init(key: "rate", value: .number($0))] } ?? []))
  }

  init(_ choice: EngineChoice) { self.choice = choice }

  var request: StreamRequest {
    StreamRequest(
      format: format, choice, wantsWords: false,
      utterances: UtteranceWishes(partials: detectsTurns, bounds: true, silenceMilliseconds: silenceMilliseconds))
  }

  // MARK: Changes

  /// Takes what a `session.update` has: keys that are there replace, others stay.
  /// - Parameter isFlat: in the form of the protocol's beta.
  mutating func set(
    from session: JSONValue, isFlat: Bool, mayChangeFormat: Bool, _ engines: EngineList
  ) throws(RealtimeProblem) {
    guard case .object = session else { throw RealtimeProblem("session", expected: "an object", session) }
    var changed = self
    if let wish = session["include"] { changed.include = wish }
    if isFlat {
      if let wish = session["input_audio_format"] { try changed.set(flatFormat: wish) }
      if let wish = session["input_audio_transcription"] { try changed.set(transcription: wish, engines) }
      if let wish = session["input_audio_noise_reduction"] { changed.replace("noise_reduction", wish) }
      if let wish = session["turn_detection"] { try changed.set(turnDetection: wish) }
    } else if case .object(let members)? = session["audio"]?["input"] {
      try Self.limit(members, "session.audio.input")
      for member in members {
        switch member.key {
        case "format": try changed.set(format: member.value)
        case "transcription": try changed.set(transcription: member.value, engines)
        case "turn_detection": try changed.set(turnDetection: member.value)
        default: changed.replace(member.key, member.value)
        }
      }
    }
    try Self.limit(changed.input, "session.audio.input")
    let bytes = changed.json(id: "", isFlat: false).text.utf8.count
    guard bytes <= Self.mostBytes else {
      throw RealtimeProblem(.invalidValue, "session: expected at most \(Self.mostBytes) bytes in all, got \(bytes)")
    }
    if !mayChangeFormat, changed.format != format || changed.choice != choice {
      throw RealtimeProblem(.invalidValue, "session: expected the format and the model it had when audio came")
    }
    self = changed
  }

  private static func limit(_ members: [JSONValue.Member], _ name: String) throws(RealtimeProblem) {
    guard members.count > mostMembers else { return }
    throw RealtimeProblem(.invalidValue, "\(name): expected at most \(mostMembers) members, got \(members.count)")
  }

  /// Names of what is repeated and means nothing here.
  static func ignored(in session: JSONValue, isFlat: Bool) -> [String] {
    guard !isFlat else {
      return session.keys(without: ["input_audio_format", "input_audio_transcription", "turn_detection"])
    }
    let input = session["audio"]?["input"] ?? .null
    return session.keys(without: ["type", "audio"])
      + input.keys(without: ["format", "transcription", "turn_detection"])
      + (input["transcription"] ?? .null).keys(without: ["model", "language"])
      + (input["turn_detection"] ?? .null).keys(without: ["type", "silence_duration_ms"])
  }

  private mutating func replace(_ key: String, _ value: JSONValue) {
    if let index = input.firstIndex(where: { $0.key == key }) {
      input[index].value = value
    } else {
      input.append(.init(key: key, value: value))
    }
  }

  private mutating func set(format wish: JSONValue) throws(RealtimeProblem) {
    guard wish != .null else { return }
    switch wish["type"]?.string {
    case "audio/pcm":
      let rate = wish["rate"].map { $0.double.flatMap(Int.init(exactly:)) ?? 0 } ?? 24_000
      guard (8000...48_000).contains(rate) else {
        throw RealtimeProblem("session.audio.input.format.rate", expected: "8000 to 48000", wish["rate"])
      }
      format = AudioFormat(sampleRate: rate, channels: 1, encoding: .s16le)
      replace("format", Self.formatValue("audio/pcm", rate: rate))
    case "audio/pcmu": setTelephone(.mulaw, "audio/pcmu")
    case "audio/pcma": setTelephone(.alaw, "audio/pcma")
    default:
      throw RealtimeProblem(
        "session.audio.input.format.type", expected: "one of audio/pcm, audio/pcmu, audio/pcma", wish["type"])
    }
  }

  private mutating func setTelephone(_ encoding: SampleEncoding, _ type: String) {
    format = AudioFormat(sampleRate: 8000, channels: 1, encoding: encoding)
    replace("format", Self.formatValue(type, rate: nil))
  }

  private mutating func set(flatFormat wish: JSONValue) throws(RealtimeProblem) {
    switch wish.string {
    case "pcm16": try set(format: Self.formatValue("audio/pcm", rate: 24_000))
    case "g711_ulaw": setTelephone(.mulaw, "audio/pcmu")
    case "g711_alaw": setTelephone(.alaw, "audio/pcma")
    default:
      throw RealtimeProblem("session.input_audio_format", expected: "one of pcm16, g711_ulaw, g711_alaw", wish)
    }
  }

  private mutating func set(transcription wish: JSONValue, _ engines: EngineList) throws(RealtimeProblem) {
    replace("transcription", wish)
    do throws(ModelSelection.Problem) {
      choice = try engines.choice(
        ofModel: wish["model"]?.string ?? choice.model ?? choice.engine,
        language: wish["language"]?.string ?? choice.language)
    } catch {
      throw RealtimeProblem(error.parameter, expected: error.expected, .string(error.value))
    }
    if let problem = engines.problem(choice.engine) {
      throw RealtimeProblem(.invalidValue, "model: engine \(choice.engine) is unavailable: \(problem)")
    }
  }

  private mutating func set(turnDetection wish: JSONValue) throws(RealtimeProblem) {
    detectsTurns = wish != .null
    guard case .object(let members) = wish else {
      guard wish == .null else { throw RealtimeProblem("turn_detection", expected: "an object or null", wish) }
      return replace("turn_detection", .null)
    }
    try Self.limit(members, "turn_detection")
    var told = Self.turnDetection
    for member in members {
      if let index = told.firstIndex(where: { $0.key == member.key }) {
        told[index].value = member.value
      } else {
        told.append(member)
      }
    }
    replace("turn_detection", .object(told))
    silenceMilliseconds = nil
    guard let value = wish["silence_duration_ms"], value != .null else { return }
    guard let milliseconds = value.double.flatMap(Int.init(exactly:)), milliseconds >= 0 else {
      throw RealtimeProblem("turn_detection.silence_duration_ms", expected: "an integer from 0", value)
    }
    let range = UtteranceWishes.silenceRange
    // The protocol's default is the engine's.
    silenceMilliseconds = milliseconds == 500 ? nil : min(max(milliseconds, range.lowerBound), range.upperBound)
  }

  // MARK: As it is told

  func json(id: String, isFlat: Bool) -> JSONValue {
    var members: [JSONValue.Member] = [
      .init(key: "type", value: .string("transcription")), .init(key: "id", value: .string(id)),
      .init(key: "object", value: .string("realtime.transcription_session")),
    ]
    if isFlat {
      members.removeFirst()
      members += [
        .init(key: "input_audio_format", value: .string(flatFormat)),
        .init(key: "input_audio_transcription", value: member("transcription")),
        .init(key: "input_audio_noise_reduction", value: member("noise_reduction")),
        .init(key: "turn_detection", value: member("turn_detection")),
      ]
    } else {
      members.append(.init(key: "audio", value: .object([.init(key: "input", value: .object(input))])))
    }
    if let include { members.append(.init(key: "include", value: include)) }
    return .object(members)
  }

  private var flatFormat: String {
    switch format.encoding {
    case .mulaw: "g711_ulaw"
    case .alaw: "g711_alaw"
    default: "pcm16"
    }
  }

  private func member(_ key: String) -> JSONValue { input.first { $0.key == key }?.value ?? .null }
}
