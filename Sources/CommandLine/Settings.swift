/// What the user said: flags win over environment variables, those over the fallbacks.
///
/// Values are checked when they are asked for, so that each message can name what is allowed there.
public struct Settings: Sendable {
  /// Where a value came from and what it was.
  private struct Given: Sendable {
    var source: String
    var value: String
  }

  private var given: [String: Given] = [:]
  private var flags: [String: Flag] = [:]
  /// What was given beside the flags, in order.
  public private(set) var operands: [String] = []

  /// Reads `arguments` (without the program's own name).
  ///
  /// `--` ends the flags; a lone `-` is an operand; the last of a repeated flag counts.
  public init(
    _ flags: [Flag], arguments: [String], environment: (String) -> String?
  ) throws(UsageError) {
    for flag in flags { self.flags[flag.name] = flag }
    try read(arguments)
    for flag in flags where given[flag.name] == nil {
      for variable in flag.variables {
        guard let value = environment(variable), !value.isEmpty else { continue }
        given[flag.name] = Given(source: variable, value: value)
        break
      }
    }
  }

  private mutating func read(_ arguments: [String]) throws(UsageError) {
    var rest = arguments[...]
    while let argument = rest.popFirst() {
      if argument == "--" {
        operands += rest
        return
      }
      guard argument.hasPrefix("-"), argument != "-" else {
        operands.append(argument)
        continue
      }
      let spelled = argument == "-h" ? "--help" : argument
      let parts = spelled.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let source = String(parts[0])
      guard let flag = source.hasPrefix("--") ? flags[String(source.dropFirst(2))] : nil else {
        throw UsageError(
          "\(source): no such flag; allowed are \(flags.keys.sorted().map { "--\($0)" }.joined(separator: ", "))")
      }
      var value = parts.count == 2 ? String(parts[1]) : nil
      if let placeholder = flag.placeholder {
        if value == nil { value = rest.popFirst() }
        guard let value else { throw UsageError("\(source): a value is missing: \(source) \(placeholder)") }
        given[flag.name] = Given(source: source, value: value)
      } else {
        if let value { throw UsageError(source, given: value, allowed: "no value: it is a switch") }
        given[flag.name] = Given(source: source, value: "true")
      }
    }
  }

  private func find(_ name: String) -> Given? {
    guard let flag = flags[name] else { preconditionFailure("--\(name) is asked for but not among the flags.") }
    return given[name] ?? flag.fallback.map { Given(source: "--\(name)", value: $0) }
  }

  /// The value as given, or the fallback, or nil.
  public func string(_ name: String) -> String? { find(name)?.value }

  /// Whether a switch is on; in the environment `1`, `true`, `yes` and `on` are.
  public func isOn(_ name: String) throws(UsageError) -> Bool {
    guard let found = find(name) else { return false }
    switch found.value.lowercased() {
    case "1", "true", "yes", "on": return true
    case "0", "false", "no", "off": return false
    default: throw UsageError(found.source, given: found.value, allowed: "1 or 0")
    }
  }

  /// A whole number in `range`, or nil when nothing was given and there is no fallback.
  public func integer(_ name: String, in range: ClosedRange<Int>) throws(UsageError) -> Int? {
    guard let found = find(name) else { return nil }
    guard let value = Int(found.value), range.contains(value) else {
      throw UsageError(
        found.source, given: found.value,
        allowed: "a whole number from \(range.lowerBound) to \(range.upperBound)")
    }
    return value
  }

  /// A length of time in seconds, fractions allowed, in `range`.
  public func seconds(_ name: String, in range: ClosedRange<Double>) throws(UsageError) -> Duration? {
    guard let found = find(name) else { return nil }
    guard let value = Double(found.value), range.contains(value) else {
      throw UsageError(
        found.source, given: found.value,
        allowed: "a number of seconds from \(range.words)")
    }
    return .seconds(value)
  }

  /// One of the names of `Choice`.
  public func choice<Choice>(_ name: String, of type: Choice.Type = Choice.self) throws(UsageError) -> Choice?
  where Choice: CaseIterable & RawRepresentable, Choice.RawValue == String {
    guard let found = find(name) else { return nil }
    guard let value = Choice(rawValue: found.value) else {
      let names = Choice.allCases.map(\.rawValue).joined(separator: ", ")
      throw UsageError(found.source, given: found.value, allowed: "one of \(names)")
    }
    return value
  }

  /// An error about a value only the caller can judge, naming where it came from.
  public func refuse(_ name: String, allowed: String) -> UsageError {
    guard let found = find(name) else { preconditionFailure("--\(name) was not given, so it can't be refused.") }
    return UsageError(found.source, given: found.value, allowed: allowed)
  }
}

extension ClosedRange<Double> {
  /// As a person writes it: `0.1 to 3600`, not `0.1 to 3600.0`.
  public var words: String {
    func plain(_ number: Double) -> String { Int(exactly: number).map { "\($0)" } ?? "\(number)" }
    return "\(plain(lowerBound)) to \(plain(upperBound))"
  }
}
