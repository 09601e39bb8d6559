/// One thing a program can be told, on its command line or in its environment.
public struct Flag: Sendable {
  /// Without the dashes: `port` is given as `--port 8000` or `--port=8000`.
  public var name: String
  /// What stands for the value in the help, or nil for a switch, which takes none.
  public var placeholder: String?
  /// Environment variables read when the flag is not given, the first that is set and not empty.
  public var variables: [String]
  /// The value when nothing is given, as the user would write it; nil when there is none.
  public var fallback: String?
  public var summary: String

  public init(
    _ name: String, _ placeholder: String? = nil, variables: [String] = [], fallback: String? = nil, _ summary: String
  ) {
    self.name = name
    self.placeholder = placeholder
    self.variables = variables
    self.fallback = fallback
    self.summary = summary
  }

  /// The two flags every program has.
  public static let common = [
    Flag("help", "Show this help and exit."),
    Flag("version", "Show the version and exit."),
  ]

  /// The lines of a help text for `flags`, in their order, wrapped by nothing: each is one line.
  public static func table(_ flags: [Flag]) -> String {
    let heads = flags.map { "  --\($0.name)" + ($0.placeholder.map { " \($0)" } ?? "") }
    let width = heads.map(\.count).max() ?? 0
    return zip(flags, heads).map { flag, head in
      var notes: [String] = []
      if let fallback = flag.fallback { notes.append("default \(fallback)") }
      if !flag.variables.isEmpty { notes.append("env \(flag.variables.joined(separator: ", "))") }
      let padding = String(repeating: " ", count: width - head.count + 2)
      return head + padding + flag.summary + (notes.isEmpty ? "" : " (\(notes.joined(separator: "; ")))")
    }.joined(separator: "\n")
  }
}

extension Flag {
  /// A switch: there or not.
  public init(_ name: String, variables: [String] = [], _ summary: String) {
    self.init(name, nil, variables: variables, fallback: nil, summary)
  }
}
