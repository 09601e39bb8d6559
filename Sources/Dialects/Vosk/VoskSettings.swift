internal import Audio
internal import Contract
internal import JSON
internal import Recognition

/// How a client of the vosk protocol sends audio and wants its texts.
struct VoskSettings: Equatable {
  private(set) var sampleRate = 8000
  private(set) var listsWords = true
  private(set) var alternatives = 0

  static let known: Set = ["sample_rate", "words", "max_alternatives"]

  func request(_ choice: EngineChoice) -> StreamRequest {
    StreamRequest(
      format: AudioFormat(sampleRate: sampleRate, channels: 1, encoding: .s16le), choice, wantsWords: true)
  }

  /// Takes what is known of a `config`; the original lets any client change everyone's model, this does not.
  mutating func set(from config: JSONValue, mayChangeRate: Bool) throws(VoskProblem) {
    if let value = config["sample_rate"] {
      guard let rate = value.double.flatMap(Int.init(exactly:)), AudioFormat.sampleRatesHz.contains(rate) else {
        let range = AudioFormat.sampleRatesHz
        throw VoskProblem("sample_rate: expected \(range.lowerBound) to \(range.upperBound)", got: value)
      }
      guard rate == sampleRate || mayChangeRate else {
        throw VoskProblem("sample_rate: expected \(sampleRate), or another one before the first audio", got: value)
      }
      sampleRate = rate
    }
    if let value = config["words"] {
      guard let flag = value.bool ?? value.integer.flatMap({ [0: false, 1: true][$0] }) else {
        throw VoskProblem("words: expected true or false", got: value)
      }
      listsWords = flag
    }
    if let value = config["max_alternatives"] {
      guard let count = value.integer, count >= 0 else {
        throw VoskProblem("max_alternatives: expected an integer from 0", got: value)
      }
      alternatives = count
    }
  }

  // MARK: Texts

  /// Writes the texts that are final.
  func write(_ finals: [Segment], to json: inout JSONObject) {
    let words = finals.flatMap { TimedWords($0).words }.map { word in
      var word = word
      word.text = PlainWord.words(of: word.text).joined(separator: " ")
      return word
    }
    let text = words.map(\.text).joined(separator: " ")
    let lists = listsWords && !words.isEmpty
    guard alternatives > 0 else {
      if lists {
        json.add(
          "result",
          .array(words.map { .object([Self.confidence("conf"), $0.endMember, $0.startMember, $0.textMember]) }))
      }
      return json.add("text", text)
    }
    var alternative = [Self.confidence("confidence")]
    if lists {
      alternative.append(
        .init(key: "result", value: .array(words.map { .object([$0.startMember, $0.endMember, $0.textMember]) })))
    }
    alternative.append(.init(key: "text", value: .string(text)))
    json.add("alternatives", .array([.object(alternative)]))
  }

  /// No model tells one.
  private static func confidence(_ key: String) -> JSONValue.Member { .init(key: key, value: .number("1.0")) }
}

extension Word {
  fileprivate var startMember: JSONValue.Member { .init(key: "start", value: .number(start)) }
  fileprivate var endMember: JSONValue.Member { .init(key: "end", value: .number(end)) }
  fileprivate var textMember: JSONValue.Member { .init(key: "word", value: .string(text)) }
}
