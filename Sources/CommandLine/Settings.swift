/// The values a user gave: flags win over environment variables, variables over the configuration file, and that over
/// the defaults.
///
/// A value is checked when it is read, so that each error can name what is expected there.
public struct Settings: Sendable {
  /// A value and where it came from.
  private struct Given: Sendable {
    var source: String
    var value: String
  }

  private var given: [String: Given] = [:]
  private var flags: [String: Flag] = [:]
  /// Arguments that are not flags, in order.
  public private(set) var operands: [String] = []

  /// Reads `arguments` (without the program's own name).
  ///
  /// `--` ends the flags; a lone `-` is an operand; the last of a repeated flag counts.
  /// - Parameter source: of the file that `--config` or its variable names; nil: there is none.
  public init(
    _ flags: [Flag], arguments: [String], environment: (String) -> String?, file source: ConfigFile.Source? = nil
  ) throws(UsageError) {
    for flag in flags {
      self.flags[flag.name] = flag
      if let former = flag.former { self.flags[former.flag] = flag }
    }
    try read(arguments)
    for flag in flags where given[flag.name] == nil {
      for variable in flag.variables + (flag.former.map { [$0.variable] } ?? []) {
        guard let value = environment(variable), !value.isEmpty else { continue }
        given[flag.name] = Given(source: variable, value: value)
        break
      }
    }
    if let source, let path = given[Flag.configName]?.value { fill(from: try source.file(path)) }
  }

  /// Takes from a file what is not given.
  private mutating func fill(from file: ConfigFile) {
    for (name, entry) in file.entries where flags[name] != nil && given[name] == nil {
      given[name] = Given(source: "\(file.path):\(entry.line): \(entry.key)", value: entry.value)
    }
  }

  /// The flags whose values differ from those of other settings of the same flags, in alphabetical order.
  public func changes(since other: Settings) -> [Flag] {
    let names = Set(flags.values.map(\.name)).sorted()
    return names.filter { string($0) != other.string($0) }.compactMap { flags[$0] }
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
      let spelled = Flag.letters[argument] ?? argument
      let parts = spelled.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let source = String(parts[0])
      guard let flag = source.hasPrefix("--") ? flags[String(source.dropFirst(2))] : nil else {
        throw unknown(source)
      }
      var value = parts.count == 2 ? String(parts[1]) : nil
      if let placeholder = flag.placeholder {
        if value == nil { value = rest.popFirst() }
        guard let value else { throw UsageError("\(source): expected a value: \(source) \(placeholder)") }
        given[flag.name] = Given(source: source, value: value)
      } else {
        if let value { throw UsageError(source, given: value, allowed: "no value") }
        given[flag.name] = Given(source: source, value: "true")
      }
    }
  }

  private func unknown(_ source: String) -> UsageError {
    let word = String(source.drop { $0 == "-" })
    let nearest = Spelling.nearest(to: word, among: Set(flags.values.map(\.name)).sorted())
    return UsageError("\(source): unknown flag" + (nearest.map { " (did you mean --\($0)?)" } ?? ""))
  }

  private func find(_ name: String) -> Given? {
    guard let flag = flags[name] else { preconditionFailure("--\(name) is read but not declared.") }
    return given[name] ?? flag.fallback.map { Given(source: "--\(name)", value: $0) }
  }

  /// The value as given, or the default, or nil.
  public func string(_ name: String) -> String? { find(name)?.value }

  /// The parts of a list with commas; empty for none.
  public func names(_ name: String) -> [String] {
    (string(name) ?? "").split(separator: ",").map { part in
      String(part.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }.filter { !$0.isEmpty }
  }

  /// Whether a switch is on. In the environment `1`, `true`, `yes` and `on` turn it on.
  public func isOn(_ name: String) throws(UsageError) -> Bool {
    guard let found = find(name) else { return false }
    switch found.value.lowercased() {
    case "1", "true", "yes", "on": return true
    case "0", "false", "no", "off": return false
    default: throw UsageError(found.source, given: found.value, allowed: "1 or 0")
    }
  }

  /// An integer in `range`, or nil when nothing was given and there is no default.
  public func integer(_ name: String, in range: ClosedRange<Int>) throws(UsageError) -> Int? {
    guard let found = find(name) else { return nil }
    guard let value = Int(found.value), range.contains(value) else {
      throw UsageError(
        found.source, given: found.value,
        allowed: "an integer from \(range.lowerBound) to \(range.upperBound)")
    }
    return value
  }

  /// A number of seconds in `range`; may have a fraction.
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

  /// An error about a value only the caller can check. It names where the value came from.
  public func refuse(_ name: String, allowed: String) -> UsageError {
    guard let found = find(name) else { preconditionFailure("--\(name) was not given, so it cannot be refused.") }
    return UsageError(found.source, given: found.value, allowed: allowed)
  }
}

extension ClosedRange<Double> {
  /// Without needless zeros: `0.1 to 3600`, not `0.1 to 3600.0`.
  public var words: String {
    func plain(_ number: Double) -> String { Int(exactly: number).map { "\($0)" } ?? "\(number)" }
    return "\(plain(lowerBound)) to \(plain(upperBound))"
  }
}
