internal import Audio
internal import Contract
internal import Recognition
internal import Web

/// The parameters in a Deepgram client's URL, of a live stream or a file. Others are ignored.
struct DeepgramParameters: Equatable {
  /// The samples; nil: a file with a header says.
  private(set) var format: AudioFormat?
  private(set) var choice: EngineChoice
  private(set) var sendsInterims = false
  private(set) var sendsSpeechStarts = false
  /// So many milliseconds without a word after a final one are told of.
  private(set) var utteranceEnd: Int?
  private(set) var endpointing = Endpointing.standard
  /// Whether the texts of a file are listed by utterance as well.
  private(set) var listsUtterances = false
  private(set) var separatesChannels = false
  /// Names of those that mean nothing here.
  let ignored: [String]

  /// The silence that ends an utterance.
  enum Endpointing: Equatable {
    case standard
    case after(milliseconds: Int)
    /// None: only Finalize and CloseStream do.
    case off
  }

  init(_ query: [HTTPRequest.QueryItem], _ engines: EngineList) throws(DeepgramProblem) {
    ignored = query.names(without: Self.known)
    func last(_ name: String) -> String? { query.last { $0.name == name && !$0.value.isEmpty }?.value }
    func flag(_ name: String) throws(DeepgramProblem) -> Bool {
      guard let value = last(name) else { return false }
      guard let flag = Bool(value.lowercased()) else { throw DeepgramProblem(name, expected: "true or false", value) }
      return flag
    }
    func number(_ name: String, in range: ClosedRange<Int>) throws(DeepgramProblem) -> Int? {
      guard let value = last(name) else { return nil }
      guard let number = Int(value), range.contains(number) else {
        throw DeepgramProblem(name, expected: "an integer from \(range.lowerBound) to \(range.upperBound)", value)
      }
      return number
    }
    do throws(ModelSelection.Problem) {
      choice = try engines.choice(ofModel: last("model"), language: last("language"))
    } catch {
      throw DeepgramProblem(error.parameter, expected: error.expected, error.value)
    }
    if let callback = last("callback") {
      throw DeepgramProblem("callback", expected: "none: this server calls no address", callback)
    }
    let rate = try number("sample_rate", in: AudioFormat.sampleRatesHz)
    let channels = try number("channels", in: AudioFormat.channelCounts) ?? 1
    if let name = last("encoding") {
      guard let encoding = Self.encodings[name.lowercased()] else {
        throw DeepgramProblem("encoding", expected: "one of linear16, linear32, mulaw, alaw", name)
      }
      guard let rate else { throw DeepgramProblem("sample_rate", expected: "one beside encoding", "") }
      format = AudioFormat(sampleRate: rate, channels: channels, encoding: encoding)
    }
    sendsInterims = try flag("interim_results")
    sendsSpeechStarts = try flag("vad_events")
    listsUtterances = try flag("utterances")
    separatesChannels = try flag("multichannel")
    utteranceEnd = try number("utterance_end_ms", in: 1000...5000)
    if let value = last("endpointing") {
      switch (Bool(value.lowercased()), Int(value)) {
      case (true?, _): break
      case (false?, _): endpointing = .off
      case (nil, let milliseconds?) where milliseconds >= 0:
        let range = UtteranceWishes.silenceRange
        endpointing = .after(milliseconds: min(max(milliseconds, range.lowerBound), range.upperBound))
      default: throw DeepgramProblem("endpointing", expected: "milliseconds, true or false", value)
      }
    }
  }

  private static let known: Set = [
    "model", "language", "callback", "encoding", "sample_rate", "channels", "interim_results", "vad_events",
    "utterances", "multichannel", "utterance_end_ms", "endpointing", "punctuate", "smart_format",
  ]

  private static let encodings: [String: SampleEncoding] = [
    "linear16": .s16le, "linear32": .s32le, "mulaw": .mulaw, "alaw": .alaw,
  ]

  /// The stream of a live client.
  var request: StreamRequest {
    var wishes = UtteranceWishes(partials: sendsInterims, bounds: true)
    if case .after(let milliseconds) = endpointing { wishes.silenceMilliseconds = milliseconds }
    return StreamRequest(format: format ?? .standard, choice, wantsWords: true, utterances: wishes)
  }
}

/// A parameter with a value that can't be honored.
struct DeepgramProblem: Error, Equatable, CustomStringConvertible {
  let description: String

  init(_ parameter: String, expected: String, _ value: String) {
    description = "\(parameter): expected \(expected), got \(value.quoted)"
  }
}
