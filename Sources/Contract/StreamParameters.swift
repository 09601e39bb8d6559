public import Audio
public import JSON

/// A parameter of a stream that can't be: which, what was given, what is allowed.
public struct ParameterError: Error, Equatable, CustomStringConvertible {
  /// How much of somebody's text an error message repeats.
  public static let quotedCharacters = 120

  public var parameter: String
  public var value: String
  public var allowed: String

  public init(parameter: String, value: String, allowed: String) {
    self.parameter = parameter
    self.value = value
    self.allowed = allowed
  }

  public var description: String { "\(parameter): \(value.quoted) was given; allowed is \(allowed)" }
}

/// What a client may say about its stream, in the URL or in a `start` message: format and engine.
public struct StreamParameters: Equatable, Sendable {
  public var format: AudioFormat
  public var engine: String

  public init(format: AudioFormat = .standard, engine: String) {
    self.format = format
    self.engine = engine
  }

  /// Takes one parameter as text, as a URL has it; a name that is none of ours is left alone.
  /// `engines` are the names that may be asked for.
  public mutating func set(_ name: String, to value: String, engines: [String]) throws(ParameterError) {
    func number(in range: ClosedRange<Int>) throws(ParameterError) -> Int {
      guard let number = Int(value), range.contains(number) else {
        throw ParameterError(
          parameter: name, value: value, allowed: "a whole number from \(range.lowerBound) to \(range.upperBound)")
      }
      return number
    }
    switch name {
    case "sample_rate": format.sampleRate = try number(in: AudioFormat.sampleRatesHz)
    case "channels": format.channels = try number(in: AudioFormat.channelCounts)
    case "encoding":
      guard let encoding = SampleEncoding(rawValue: value) else {
        let names = SampleEncoding.allCases.map(\.rawValue).joined(separator: ", ")
        throw ParameterError(parameter: name, value: value, allowed: "one of \(names)")
      }
      format.encoding = encoding
    case "engine":
      guard engines.contains(value) else {
        throw ParameterError(
          parameter: name, value: value, allowed: "one of \(engines.joined(separator: ", "))")
      }
      engine = value
    default: break
    }
  }

  /// Takes the members of a `start` message: rate and channels are numbers, encoding and engine strings.
  public mutating func set(from start: JSONValue, engines: [String]) throws(ParameterError) {
    var changed = self
    for name in ["sample_rate", "channels", "encoding", "engine"] {
      guard let value = start[name] else { continue }
      switch (name, value) {
      case ("sample_rate", .number(let digits)), ("channels", .number(let digits)):
        try changed.set(name, to: digits, engines: engines)
      case ("sample_rate", _), ("channels", _):
        let range = name == "channels" ? AudioFormat.channelCounts : AudioFormat.sampleRatesHz
        throw ParameterError(
          parameter: name, value: value.text,
          allowed: "a whole number from \(range.lowerBound) to \(range.upperBound)")
      case (_, .string(let text)): try changed.set(name, to: text, engines: engines)
      default: throw ParameterError(parameter: name, value: value.text, allowed: "a string")
      }
    }
    self = changed
  }
}

extension String {
  /// Between double quotes, cut to what an error message repeats of somebody's text.
  public var quoted: String { "\"\(shortened)\"" }

  /// Cut to what an error message repeats of somebody's text.
  public var shortened: String {
    count <= ParameterError.quotedCharacters ? self : prefix(ParameterError.quotedCharacters) + "…"
  }
}
