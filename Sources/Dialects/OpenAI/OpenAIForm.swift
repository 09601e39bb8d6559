internal import Contract

/// The fields of a request for a transcription.
struct OpenAIForm: Equatable {
  /// The form of a transcription.
  enum Format: String, CaseIterable {
    case json
    case detailed = "verbose_json"
    case text, srt, vtt
  }

  private(set) var format = Format.json
  private(set) var isStreamed = false
  private(set) var language: String?
  /// Nil: it was not given.
  private(set) var model: String?
  private(set) var granularities: Set<String> = []
  /// Names of those that mean nothing here.
  private(set) var ignored: [String] = []

  /// Takes a field; one that is not known is passed over.
  mutating func set(_ name: String, _ value: String) throws(Problem) {
    switch name {
    case "model": model = value
    case "language": language = value
    case "response_format":
      guard let known = Format(rawValue: value) else {
        let all = Format.allCases.map(\.rawValue).joined(separator: ", ")
        throw Problem(name, "expected one of \(all), got \(value.quoted)", code: "unsupported_value")
      }
      format = known
    case "stream":
      guard let flag = ["true": true, "1": true, "false": false, "0": false, "": false][value.lowercased()] else {
        throw Problem(name, "expected true or false, got \(value.quoted)")
      }
      isStreamed = flag
    case "timestamp_granularities", "timestamp_granularities[]":
      guard ["word", "segment"].contains(value) else {
        throw Problem(name, "expected word or segment, got \(value.quoted)")
      }
      granularities.insert(value)
    default: if ignored.count < IgnoredNames.most { ignored.append(String(name.prefix(IgnoredNames.longest))) }
    }
  }

  var listsWords: Bool { granularities.contains("word") }
  var listsSegments: Bool { granularities != ["word"] }

  struct Problem: Error {
    var field: String
    var sentence: String
    var code: String?

    init(_ field: String, _ expected: String, code: String? = nil) {
      self.field = field
      sentence = "\(field): \(expected)"
      self.code = code
    }
  }
}
