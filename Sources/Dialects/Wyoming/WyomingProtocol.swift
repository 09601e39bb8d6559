internal import Audio
internal import Contract
internal import JSON
public import Recognition

/// A client's connection: recordings one after another, each a stream of its own.
public struct WyomingProtocol: Sendable {
  /// A step of the server's for an event.
  public enum Action: Equatable, Sendable {
    case send(WyomingEvent)
    /// A recording begins; `language`: the one that its client named, or its model's; nil: those that are heard.
    case open(StreamRequest, language: String?)
    case audio([UInt8])
    /// It is over: its transcript is waited for, and no other begins meanwhile.
    case stop
    /// After everything sent.
    case close
  }

  private enum Phase {
    case idle
    case recording(AudioFormat)
    /// `next`: an event of the next recording, read too early.
    case awaitingTranscript(next: WyomingEvent?)
  }

  private var phase = Phase.idle
  /// The client's wish; nil: none.
  private var choice: EngineChoice?
  /// Names of what was wished for the next recording and means nothing here.
  public private(set) var ignored: [String] = []

  public init() {}

  /// Whether a transcript is still to be sent.
  public var isAwaiting: Bool { if case .awaitingTranscript = phase { true } else { false } }

  /// The event that waits for the transcript; those behind it are to be kept.
  public var next: WyomingEvent? { if case .awaitingTranscript(let next) = phase { next } else { nil } }

  /// The transcript was sent.
  public mutating func transcribed(_ engines: EngineList) -> [Action] {
    let next = next
    self = WyomingProtocol()
    return next.map { receive($0, engines) } ?? []
  }

  /// The client sends nothing more.
  public mutating func inputEnded() -> [Action] {
    guard case .recording = phase else { return isAwaiting ? [] : [.close] }
    phase = .awaitingTranscript(next: nil)
    return [.stop]
  }

  public mutating func receive(_ event: WyomingEvent, _ engines: EngineList) -> [Action] {
    if isAwaiting, Self.recordingTypes.contains(event.type) {
      guard next == nil else { preconditionFailure("Only one event waits for a transcript.") }
      phase = .awaitingTranscript(next: event)
      return []
    }
    do throws(WyomingProblem) {
      return try react(to: event, engines)
    } catch {
      return [.send(.error(error)), .close]
    }
  }

  private static let recordingTypes: Set = ["transcribe", "audio-start", "audio-chunk", "audio-stop"]

  private mutating func react(to event: WyomingEvent, _ engines: EngineList) throws(WyomingProblem) -> [Action] {
    switch event.type {
    case "describe": return [.send(WyomingInfo.event(engines))]
    case "ping":
      return [.send(WyomingEvent("pong", event.data["text"].map { [.init(key: "text", value: $0)] } ?? []))]
    case "transcribe":
      choice = try Self.choice(of: event, engines)
      ignored = event.data.keys(without: ["name", "language"])
      return []
    case "audio-start":
      _ = try Self.format(of: event)
      return []
    case "audio-chunk": return try record(event, engines)
    case "audio-stop": return try stop(engines)
    default: return []
    }
  }

  private mutating func record(_ event: WyomingEvent, _ engines: EngineList) throws(WyomingProblem) -> [Action] {
    let format = try Self.format(of: event)
    guard !event.payload.isEmpty else { return [] }
    if case .recording(let before) = phase {
      guard format == before else {
        throw WyomingProblem("rate, width, channels: expected those of the first chunk, got others")
      }
      return [.audio(event.payload)]
    }
    let choice = try readyChoice(engines)
    phase = .recording(format)
    return [
      .open(
        StreamRequest(format: format, choice, utterances: UtteranceWishes(partials: false)),
        language: engines.language(of: choice)),
      .audio(event.payload),
    ]
  }

  /// Whatever was recorded, there is a transcript: clients wait for one.
  private mutating func stop(_ engines: EngineList) throws(WyomingProblem) -> [Action] {
    guard case .recording = phase else {
      let language = engines.language(of: try readyChoice(engines))
      self = WyomingProtocol()
      return WyomingTranscript.empty(language: language).map { .send($0) }
    }
    phase = .awaitingTranscript(next: nil)
    return [.stop]
  }

  /// The client's wish or the default, if it is ready.
  private func readyChoice(_ engines: EngineList) throws(WyomingProblem) -> EngineChoice {
    let choice = choice ?? EngineChoice(engine: engines.standard)
    if let reason = engines.problem(choice.engine) {
      throw WyomingProblem(.engineUnavailable(engine: choice.engine, reason: reason))
    }
    return choice
  }

  private static func choice(
    of event: WyomingEvent, _ engines: EngineList
  ) throws(WyomingProblem) -> EngineChoice {
    do throws(ModelSelection.Problem) {
      return try engines.choice(ofModel: event.data["name"]?.string, language: event.data["language"]?.string)
    } catch {
      throw WyomingProblem("\(error.parameter): expected \(error.expected), got \(error.value.quoted)")
    }
  }

  private static let encodings: [Int: SampleEncoding] = [1: .u8, 2: .s16le, 3: .s24le, 4: .s32le]

  private static func format(of event: WyomingEvent) throws(WyomingProblem) -> AudioFormat {
    func number(_ key: String, in range: ClosedRange<Int>) throws(WyomingProblem) -> Int {
      guard let number = event.data[key]?.integer, range.contains(number) else {
        let got = event.data[key]?.text ?? "none"
        throw WyomingProblem(
          "\(key): expected an integer from \(range.lowerBound) to \(range.upperBound) in \(event.type), got \(got)")
      }
      return number
    }
    let width = try number("width", in: 1...4)
    return AudioFormat(
      sampleRate: try number("rate", in: AudioFormat.sampleRatesHz),
      channels: try number("channels", in: AudioFormat.channelCounts), encoding: encodings[width] ?? .s16le)
  }
}
