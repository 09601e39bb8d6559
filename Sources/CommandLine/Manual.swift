/// A program with its commands and flags: the declarations that its help, its manual page and its shell completions are
/// made from.
public struct Manual: Sendable {
  public struct Command: Sendable {
    /// The word on the command line; empty for the program without one.
    public var name: String
    /// As in `file PATH… [FLAGS]`, without the name.
    public var operands: String
    public var summary: String
    public var flags: [Flag]
    /// The operands are files.
    public var takesFiles: Bool
    /// The first operand is one of these.
    public var words: [String]

    public init(
      _ name: String, operands: String = "[FLAGS]", flags: [Flag], takesFiles: Bool = false, words: [String] = [],
      _ summary: String
    ) {
      self.name = name
      self.operands = operands
      self.flags = flags
      self.takesFiles = takesFiles
      self.words = words
      self.summary = summary
    }
  }

  public var program: String
  public var version: String
  /// What it does, without its name: `stream a microphone …`
  public var summary: String
  public var commands: [Command]
  /// Paragraphs behind the commands.
  public var notes: [String]

  public init(_ program: String, version: String, summary: String, commands: [Command], notes: [String]) {
    self.program = program
    self.version = version
    self.summary = summary
    self.commands = commands
    self.notes = notes
  }

  /// The commands that every program with a manual has.
  public static let ownCommands = [
    ("help [COMMAND]", "Show the help of the program or of a command."),
    ("completion SHELL", "Print completions for bash, zsh or fish."),
    ("man", "Print the manual page: … man | man -l -"),
  ]

  /// The output of `completion SHELL` or `man`; nil if the arguments are something else.
  public func answer(to arguments: [String]) throws(UsageError) -> String? {
    switch arguments.first {
    case "man" where arguments.count == 1: return page
    case "completion":
      guard arguments.count == 2, let shell = Shell(rawValue: arguments[1]) else {
        let word = arguments.dropFirst().first
        throw UsageError("completion: ", unknown: word, among: Shell.allCases.map(\.rawValue))
      }
      return completion(for: shell)
    default: return nil
    }
  }

  /// The arguments as `--help` takes them: `help mic` is `mic --help`.
  public static func resolvingHelp(_ arguments: [String]) -> [String] {
    arguments.first == "help" ? Array(arguments.dropFirst()) + ["--help"] : arguments
  }
}
