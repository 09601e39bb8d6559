internal import Audio
internal import JSON
internal import Recognition

/// The configuration in `StartRecognition`. Unknown keys are ignored.
struct SpeechmaticsConfig: Equatable {
  /// The samples; nil: a file with a header says.
  private(set) var format: AudioFormat?
  private(set) var choice: EngineChoice
  /// As it is told in results; nil: that of each utterance.
  private(set) var language: String?
  private(set) var sendsPartials = false
  /// Silence after which the end of an utterance is told of; nil: only if asked for.
  private(set) var silenceMilliseconds: Int?

  /// - Parameter language: that of the path, if it has one.
  init(_ start: JSONValue, language pathLanguage: String?, _ engines: EngineList) throws(SpeechmaticsProblem) {
    let config = start["transcription_config"] ?? .object([])
    guard case .object = config else {
      throw SpeechmaticsProblem(.config, "transcription_config", expected: "an object", config.text)
    }
    do throws(ModelSelection.Problem) {
      choice = try engines.choice(
        ofModel: config["model"]?.string, language: config["language"]?.string ?? pathLanguage)
    } catch {
      throw SpeechmaticsProblem(
        error.parameter == "language" ? .language : .config, error.parameter, expected: error.expected, error.value)
    }
    if let problem = engines.problem(choice.engine) {
      throw SpeechmaticsProblem(.job, "engine \(choice.engine): \(problem)")
    }
    language = engines.language(of: choice)
    if let wish = config["enable_partials"], wish != .null {
      guard let flag = wish.bool else {
        throw SpeechmaticsProblem(.config, "enable_partials", expected: "true or false", wish.text)
      }
      sendsPartials = flag
    }
    if let wish = config["conversation_config"]?["end_of_utterance_silence_trigger"], wish != .null {
      guard let seconds = wish.double, (0...2).contains(seconds) else {
        throw SpeechmaticsProblem(
          .config, "end_of_utterance_silence_trigger", expected: "seconds from 0 to 2", wish.text)
      }
      if seconds > 0 { silenceMilliseconds = max(UtteranceWishes.silenceRange.lowerBound, Int(seconds * 1000)) }
    }
    format = try Self.format(start["audio_format"] ?? .object([.init(key: "type", value: .string("file"))]))
  }

  /// Names of what a `StartRecognition` asks for and means nothing here.
  static func ignored(in start: JSONValue, isAgent: Bool) -> [String] {
    func names(in key: String, without known: Set<String>) -> [String] { (start[key] ?? .null).keys(without: known) }
    let own: Set = ["message", "audio_format", "transcription_config"]
    return start.keys(without: isAgent ? own.union(["turn_config"]) : own)
      + names(in: "audio_format", without: ["type", "encoding", "sample_rate"])
      + names(in: "transcription_config", without: ["language", "model", "enable_partials", "conversation_config"])
      + (isAgent ? names(in: "turn_config", without: ["turn_detection_mode"]) : [])
  }

  private static let encodings: [String: SampleEncoding] = ["pcm_s16le": .s16le, "pcm_f32le": .f32le, "mulaw": .mulaw]

  private static func format(_ wish: JSONValue) throws(SpeechmaticsProblem) -> AudioFormat? {
    switch wish["type"]?.string {
    case "file": return nil
    case "raw": break
    default: throw SpeechmaticsProblem(.audioType, "type", expected: "raw or file", wish["type"]?.text ?? "")
    }
    guard let encoding = wish["encoding"]?.string.flatMap({ encodings[$0] }) else {
      throw SpeechmaticsProblem(
        .audioType, "encoding", expected: "one of pcm_s16le, pcm_f32le, mulaw", wish["encoding"]?.text ?? "")
    }
    let rates = AudioFormat.sampleRatesHz
    guard let rate = wish["sample_rate"]?.double.flatMap(Int.init(exactly:)), rates.contains(rate) else {
      throw SpeechmaticsProblem(
        .audioType, "sample_rate", expected: "\(rates.lowerBound) to \(rates.upperBound)",
        wish["sample_rate"]?.text ?? "")
    }
    return AudioFormat(sampleRate: rate, channels: 1, encoding: encoding)
  }

  var request: StreamRequest {
    StreamRequest(
      format: format ?? .standard, choice, wantsWords: true,
      utterances: UtteranceWishes(
        partials: sendsPartials, bounds: true, silenceMilliseconds: silenceMilliseconds))
  }
}
