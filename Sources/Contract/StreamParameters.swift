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
  /// The name of one of the engine's models; nil: the one for the language.
  public var model: String?
  /// A code such as `en`, or `auto` for whichever is spoken; nil: what the server recognizes.
  public var language: String?
  /// Whether words are sent in messages of their own, when they are recognized.
  public var updates: Bool
  /// Whether updates list words with their times, where the engine has them.
  public var words: Bool
  /// Whether the client keeps chunks until they are settled, and sends them to a new session if this one is lost.
  public var keeps: Bool
  /// How much of the first chunk an earlier session had settled, in sample frames, and whether an utterance goes on
  /// there.
  public var settledFrames = 0
  public var settledOpen = false

  public init(
    format: AudioFormat = .standard, engine: String, updates: Bool = false, words: Bool = false, keeps: Bool = true
  ) {
    self.format = format
    self.engine = engine
    self.updates = updates
    self.words = words
    self.keeps = keeps
  }

  private enum MemberKind {
    case count(ClosedRange<Int>)
    case name, wish

    var words: String {
      switch self {
      case .count(let range): "an integer from \(range.lowerBound) to \(range.upperBound)"
      case .name: "a string"
      case .wish: "true or false"
      }
    }
  }

  /// Those of `start`.
  private static let members: [(String, MemberKind)] = [
    ("sample_rate", .count(AudioFormat.sampleRatesHz)), ("channels", .count(AudioFormat.channelCounts)),
    ("encoding", .name), ("engine", .name), ("model", .name), ("language", .name), ("updates", .wish), ("words", .wish),
    ("keeps", .wish),
    ("settled_frames", .count(0...longestSettledFrames)), ("settled_open", .wish),
  ]

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
    case "model":
      guard !value.isEmpty, value.utf8.count <= Self.longestModelBytes else {
        throw ParameterError(parameter: name, value: value, expected: "the name of a model")
      }
      model = value
    case "language":
      guard Self.isLanguage(value) else {
        throw ParameterError(parameter: name, value: value, expected: "a language code such as en or pt-BR")
      }
      language = value
    case "updates": updates = try flag()
    case "words": words = try flag()
    case "keeps": keeps = try flag()
    case "settled_frames": settledFrames = try number(in: 0...Self.longestSettledFrames)
    case "settled_open": settledOpen = try flag()
    default: break
    }
  }

  private static let longestModelBytes = 255

  /// Subtags as in BCP 47: letters, then letters and digits.
  private static func isLanguage(_ text: String) -> Bool {
    let subtags = text.utf8.split(separator: 45, omittingEmptySubsequences: false)
    return text.utf8.count <= 35 && (2...8).contains(subtags[0].count)
      && subtags.allSatisfy { (1...8).contains($0.count) && $0.allSatisfy(isAlphanumeric) }
      && subtags[0].allSatisfy { $0 > 57 }
  }

  private static func isAlphanumeric(_ byte: UInt8) -> Bool {
    switch byte {
    case 48...57, 65...90, 97...122: true
    default: false
    }
  }

  /// More frames than any chunk has.
  static let longestSettledFrames = 16 << 20

  /// Takes the members of a `start` message: counts are numbers, names strings, wishes booleans. `null` is the same as
  /// no member.
  public mutating func set(from start: JSONValue, engines: [String]) throws(ParameterError) {
    var changed = self
    // Another engine has other models.
    if start["engine"]?.string != nil { changed.model = nil }
    for (name, kind) in Self.members {
      guard let value = start[name], value != .null else { continue }
      switch (kind, value) {
      case (.count(_), .number(let digits)): try changed.set(name, to: digits, engines: engines)
      case (.wish, .bool(let flag)): try changed.set(name, to: "\(flag)", engines: engines)
      case (.name, .string(let text)): try changed.set(name, to: text, engines: engines)
      default: throw ParameterError(parameter: name, value: value.text, expected: kind.words)
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
