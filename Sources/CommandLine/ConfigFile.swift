/// A configuration file: in each line the name of a flag, `=` and its value. Lines that begin with `#` are comments.
public struct ConfigFile: Equatable, Sendable {
  /// How a program finds and reads its file.
  public struct Source: Sendable {
    /// The flags that may be in it.
    public var flags: [Flag]
    /// Reads a file.
    public var read: @Sendable (_ path: String) -> Result<[UInt8], any Error>

    public init(_ flags: [Flag], read: @escaping @Sendable (_ path: String) -> Result<[UInt8], any Error>) {
      self.flags = flags
      self.read = read
    }

    func file(_ path: String) throws(UsageError) -> ConfigFile {
      switch read(path) {
      case .success(let bytes): try ConfigFile(bytes, path: path, flags: flags)
      case .failure(let error): throw UsageError("\(path): expected a configuration file that can be read (\(error))")
      }
    }
  }

  struct Entry: Equatable, Sendable {
    var value: String
    var line: Int
    /// The name as it is written there.
    var key: String
  }

  /// Far more than all flags take.
  public static let maximumBytes = 1 << 20

  let path: String
  /// By the flag's name.
  private(set) var entries: [String: Entry] = [:]

  /// - Throws: an error with a line for each thing that is wrong.
  init(_ bytes: [UInt8], path: String, flags: [Flag]) throws(UsageError) {
    self.path = path
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw UsageError("\(path): expected text in UTF-8")
    }
    let keys = Keys(flags)
    var problems: [String] = []
    // In Swift CR LF is one character.
    for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
      do throws(UsageError) { try read(Self.trimmed(line), number: index + 1, keys) } catch {
        problems.append("\(path):\(index + 1): \(error.message)")
      }
    }
    guard problems.isEmpty else { throw UsageError(problems.joined(separator: "\n")) }
  }

  private mutating func read(_ line: Substring, number: Int, _ keys: Keys) throws(UsageError) {
    guard let first = line.first, first != "#" else { return }
    guard let equals = line.firstIndex(of: "="), equals > line.startIndex else {
      throw UsageError("expected name = value, such as port = 8000, got \"\(line)\"")
    }
    let key = String(Self.trimmed(line[..<equals]))
    let flag = try keys.flag(named: key)
    if let earlier = entries[flag.name] {
      throw UsageError("\(key): expected once, but line \(earlier.line) has it, too")
    }
    var value = Self.trimmed(line[line.index(after: equals)...])
    if value.count >= 2, value.first == "\"", value.last == "\"" { value = value.dropFirst().dropLast() }
    guard !value.isEmpty else { throw UsageError("\(key): expected a value, or # ahead of the line") }
    entries[flag.name] = Entry(value: String(value), line: number, key: key)
  }

  private static func trimmed(_ text: Substring) -> Substring {
    var rest = text.drop { $0.isWhitespace || $0 == "\u{FEFF}" }
    while rest.last?.isWhitespace == true { rest.removeLast() }
    return rest
  }

  /// The names that a line may begin with.
  private struct Keys {
    private var flags: [String: Flag] = [:]

    init(_ flags: [Flag]) {
      // Of the command line alone.
      let others = Set(Flag.common.map(\.name) + [Flag.configName])
      for flag in flags where !others.contains(flag.name) {
        self.flags[flag.name] = flag
        if let former = flag.former { self.flags[former.flag] = flag }
      }
    }

    func flag(named key: String) throws(UsageError) -> Flag {
      if let flag = flags[key] { return flag }
      let word = key.drop { $0 == "-" }.lowercased()
      let ofVariable = flags.values.first { $0.variables.contains(key) }?.name
      let spelled = word.replacing("_", with: "-")
      let nearest =
        ofVariable ?? (flags[spelled] != nil ? spelled : Spelling.nearest(to: spelled, among: flags.keys.sorted()))
      throw UsageError("\(key): unknown name" + (nearest.map { " (did you mean \($0)?)" } ?? ""))
    }
  }
}

extension Flag {
  static let configName = "config"

  /// The file that other flags may be in.
  public static func config(variable: String) -> Flag {
    Flag(
      configName, "FILE", variables: [variable],
      "Read settings from this file: a flag's name, = and its value in each line. Flags and variables win over it.")
  }
}
