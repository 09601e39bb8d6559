extension Flag {
  /// Longer flags have their description on the next line.
  private static let longestHead = 26

  /// The help text of `flags`, in their order, wrapped at `width` columns.
  public static func table(_ flags: [Flag], width: Int = 100) -> String {
    let heads = flags.map { "  \($0.usage)" }
    let margin = (heads.map(\.count).filter { $0 <= longestHead }.max() ?? 0) + 2
    return zip(flags, heads).map { flag, head in
      let indent = String(repeating: " ", count: margin)
      let lines = HelpText.wrap(flag.explanation, columns: max(24, width - margin)).map { indent + $0 }
      guard head.count + 2 <= margin else { return ([head] + lines).joined(separator: "\n") }
      return head + lines.joined(separator: "\n").dropFirst(head.count)
    }.joined(separator: "\n")
  }

  /// As on the command line: `--port PORT`.
  public var usage: String { "--\(name)" + (placeholder.map { " \($0)" } ?? "") }

  /// What it does, its default and its variables.
  var explanation: String { summary + notes }

  private var notes: String {
    var notes: [String] = []
    if let fallback { notes.append("default \(fallback)") }
    if !variables.isEmpty { notes.append("env \(variables.joined(separator: ", "))") }
    if isReloaded { notes.append("reloaded on SIGHUP") }
    if let former { notes.append("formerly --\(former.flag), \(former.variable)") }
    return notes.isEmpty ? "" : " (\(notes.joined(separator: "; ")))"
  }
}
