public import Audio
public import JSON

/// A parameter of a stream with an invalid value.
public struct ParameterError: Error, Equatable, CustomStringConvertible {
  /// How much of untrusted text an error message repeats.
  public static let quotedCharacters = 120

  public var parameter: String
  public var value: String
  /// A noun phrase.
  public var expected: String

  public init(parameter: String, value: String, expected: String) {
    self.parameter = parameter
    self.value = value
    self.expected = expected
  }

  public var description: String { "\(parameter): expected \(expected), got \(value.quoted)" }
}

/// What a client may say about its stream, in the URL or in a `start` message.
public struct StreamParameters: Equatable, Sendable {
  public var format: AudioFormat
  public var engine: String
  /// Whether words are sent in messages of their own, when they are recognized.
  public var updates: Bool
  /// Whether updates list words with their times, where the engine has them.
  public var words: Bool

  public init(format: AudioFormat = .standard, engine: String, updates: Bool = false, words: Bool = false) {
    self.format = format
    self.engine = engine
    self.updates = updates
    self.words = words
  }

  /// Takes one parameter as text, as in a URL; unknown names are ignored.
  /// - Parameter engines: the names that may be asked for.
  public mutating func set(_ name: String, to value: String, engines: [String]) throws(ParameterError) {
    func number(in range: ClosedRange<Int>) throws(ParameterError) -> Int {
      guard let number = Int(value) ?? (try? JSONValue(parsing: value))?.integer, range.contains(number) else {
        throw ParameterError(
          parameter: name, value: value, expected: "an integer from \(range.lowerBound) to \(range.upperBound)")
      }
      return number
    }
    func flag() throws(ParameterError) -> Bool {
      guard let flag = Bool(value) else {
        throw ParameterError(parameter: name, value: value, expected: "true or false")
      }
      return flag
    }
    switch name {
    case "sample_rate": format.sampleRate = try number(in: AudioFormat.sampleRatesHz)
    case "channels": format.channels = try number(in: AudioFormat.channelCounts)
    case "encoding":
      guard let encoding = SampleEncoding(rawValue: value) else {
        let names = SampleEncoding.allCases.map(\.rawValue).joined(separator: ", ")
        throw ParameterError(parameter: name, value: value, expected: "one of \(names)")
      }
      format.encoding = encoding
    case "engine":
      guard engines.contains(value) else {
        throw ParameterError(
          parameter: name, value: value, expected: "one of \(engines.joined(separator: ", "))")
      }
      engine = value
    case "updates": updates = try flag()
    case "words": words = try flag()
    default: break
    }
  }

  /// Takes the members of a `start` message: rate and channels are numbers, encoding and engine strings, updates and
  /// words booleans. `null` is the same as no member.
  public mutating func set(from start: JSONValue, engines: [String]) throws(ParameterError) {
    var changed = self
    for name in ["sample_rate", "channels", "encoding", "engine", "updates", "words"] {
      guard let value = start[name], value != .null else { continue }
      switch (name, value) {
      case ("sample_rate", .number(let digits)), ("channels", .number(let digits)):
        try changed.set(name, to: digits, engines: engines)
      case ("sample_rate", _), ("channels", _):
        let range = name == "channels" ? AudioFormat.channelCounts : AudioFormat.sampleRatesHz
        throw ParameterError(
          parameter: name, value: value.text,
          expected: "an integer from \(range.lowerBound) to \(range.upperBound)")
      case ("updates", .bool(let flag)), ("words", .bool(let flag)):
        try changed.set(name, to: "\(flag)", engines: engines)
      case ("updates", _), ("words", _):
        throw ParameterError(parameter: name, value: value.text, expected: "true or false")
      case (_, .string(let text)): try changed.set(name, to: text, engines: engines)
      default: throw ParameterError(parameter: name, value: value.text, expected: "a string")
      }
    }
    self = changed
  }
}

extension String {
  /// Between double quotes, cut to what an error message repeats of untrusted text.
  public var quoted: String { "\"\(shortened)\"" }

  /// Cut to what an error message repeats of untrusted text.
  public var shortened: String {
    count <= ParameterError.quotedCharacters ? self : prefix(ParameterError.quotedCharacters) + "…"
  }
}
