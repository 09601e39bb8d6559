/// One option of a program, on its command line or in its environment.
public struct Flag: Sendable {
  /// Names that were used before and are still accepted.
  public struct FormerNames: Equatable, Sendable {
    /// Without the dashes.
    public var flag: String
    public var variable: String

    public init(flag: String, variable: String) {
      self.flag = flag
      self.variable = variable
    }
  }

  /// Without the dashes: `port` is given as `--port 8000` or `--port=8000`.
  public var name: String
  /// Stands for the value in the help; nil for a switch, which takes none.
  public var placeholder: String?
  /// Environment variables read when the flag is not given: the first that is set and not empty counts.
  public var variables: [String]
  public var former: FormerNames?
  /// The value when nothing is given, as the user would write it; nil when there is none.
  public var fallback: String?
  /// All values there are, or some that are usual; empty where there is no list. Shells complete them.
  public var choices: [String]
  /// Whether a running program takes a changed value from its configuration file.
  public var isReloaded: Bool
  public var summary: String

  public init(
    _ name: String, _ placeholder: String? = nil, variables: [String] = [], former: FormerNames? = nil,
    fallback: String? = nil, choices: [String] = [], isReloaded: Bool = false, _ summary: String
  ) {
    self.name = name
    self.placeholder = placeholder
    self.variables = variables
    self.former = former
    self.fallback = fallback
    self.choices = choices
    self.isReloaded = isReloaded
    self.summary = summary
  }

  /// The flags every program has.
  public static let common = [
    Flag("help", "Show this help and exit; also -h."),
    Flag("version", "Show the version and exit; also -V."),
  ]

  /// Short for flags that every program of this machine has.
  static let letters = ["-h": "--help", "-V": "--version"]
}

extension Flag {
  /// A switch: given or not.
  public init(_ name: String, variables: [String] = [], _ summary: String) {
    self.init(name, nil, variables: variables, fallback: nil, summary)
  }
}
