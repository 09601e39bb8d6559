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
      Word(text: PlainWord.text(of: word.text), start: word.start, end: word.end)
    }
    let text = words.map(\.text).joined(separator: " ")
    guard alternatives > 0 else {
      if listsWords, !words.isEmpty {
        json.add("result", objects: words.count) { index, json in
          let word = words[index]
          json.add("conf", json: Self.confidence)
          json.add("end", figure: word.end)
          json.add("start", figure: word.start)
          json.add("word", word.text)
        }
      }
      return json.add("text", text)
    }
    json.add("alternatives", objects: 1) { _, json in
      json.add("confidence", json: Self.confidence)
      if listsWords, !words.isEmpty {
        json.add("result", objects: words.count) { index, json in
          let word = words[index]
          json.add("start", figure: word.start)
          json.add("end", figure: word.end)
          json.add("word", word.text)
        }
      }
      json.add("text", text)
    }
  }

  /// No model tells one.
  private static let confidence = "1.0"
}
