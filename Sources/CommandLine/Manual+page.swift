extension Manual {
  /// The manual page, in the man macros of troff.
  var page: String {
    let upper = program.uppercased()
    var lines = [
      ".TH \(Self.plain(upper)) 1 \"\" \"\(program) \(version)\" \"User Commands\"",
      ".SH NAME", "\(Self.plain(program)) \\- \(Self.plain(summary))", ".SH SYNOPSIS",
    ]
    for command in commands {
      let name = command.name.isEmpty ? program : "\(program) \(command.name)"
      lines += [".B \(Self.plain(name))", Self.plain(command.operands), ".br"]
    }
    lines.append(".SH COMMANDS")
    for command in commands {
      lines += [".SS \(command.name.isEmpty ? "Without a command" : Self.plain(command.name))"]
      lines += [Self.plain(command.summary)]
      // Without a command a program may take the flags of one.
      let names = Set(command.flags.map(\.name))
      let areKnown = commands.contains {
        !$0.name.isEmpty && $0.flags.count > 2 && names.isSuperset(of: $0.flags.map(\.name))
      }
      guard !command.name.isEmpty || !areKnown else { continue }
      for flag in command.flags {
        let value = flag.placeholder.map { " \\fI\(Self.plain($0))\\fR" } ?? ""
        lines += [".TP", "\\fB\(Self.plain("--\(flag.name)"))\\fR\(value)", Self.plain(flag.explanation)]
      }
    }
    lines += [".SH NOTES"] + notes.flatMap { [".PP", Self.plain($0)] }
    return lines.joined(separator: "\n")
  }

  /// Text that troff takes as it is: a hyphen is a minus sign, as on a command line.
  private static func plain(_ text: String) -> String {
    let escaped = text.map { character in
      switch character {
      case "\\": "\\e"
      case "-": "\\-"
      default: String(character)
      }
    }.joined()
    return escaped.hasPrefix(".") || escaped.hasPrefix("'") ? "\\&" + escaped : escaped
  }
}
