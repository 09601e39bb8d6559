/// A shell that completes commands and flags.
public enum Shell: String, CaseIterable, Sendable { case bash, zsh, fish }

extension Flag {
  /// What a value can be completed with.
  enum Values: Equatable {
    case nothing
    case anything
    case files
    case folders
    case choices([String])
  }

  fileprivate var values: Values {
    switch placeholder {
    case nil: .nothing
    case _ where !choices.isEmpty: .choices(choices)
    case "FILE", "PATH": .files
    case "DIR": .folders
    default: .anything
    }
  }

  fileprivate var brief: String { summary.brief }
}

extension StringProtocol {
  fileprivate var trimmed: String { String(hasSuffix(".") ? dropLast() : self[...]) }

  fileprivate func escaping(_ characters: String) -> String {
    map { characters.contains($0) ? "\\\($0)" : String($0) }.joined()
  }

  /// In single quotes of a POSIX shell.
  fileprivate var quoted: String {
    "'" + split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
  }
}

extension Manual {
  private var words: [(name: String, summary: String)] {
    commands.filter { !$0.name.isEmpty }.map { ($0.name, $0.summary.brief) }
      + [("help", "Show the help"), ("completion", "Print completions for a shell"), ("man", "Print the manual page")]
  }

  private var identifier: String { program.map { $0 == "-" ? "_" : String($0) }.joined() }
  private var shells: String { Shell.allCases.map(\.rawValue).joined(separator: " ") }

  /// A script for the shell to read: `source <(audio-client completion bash)`.
  public func completion(for shell: Shell) -> String {
    switch shell {
    case .bash: bash
    case .zsh: zsh
    case .fish: fish
    }
  }

  // MARK: - bash

  private var bash: String {
    let names = words.map(\.name).joined(separator: " ")
    var lines = [
      "# bash completion of \(program)", "_\(identifier)() {",
      "  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} command=''",
      "  # --flag=value is three words here.",
      "  if [[ $cur == = ]]; then cur=''; elif [[ $prev == = ]]; then prev=${COMP_WORDS[COMP_CWORD - 2]}; fi",
      "  if ((COMP_CWORD > 1)) && [[ ${COMP_WORDS[1]} != -* ]]; then command=${COMP_WORDS[1]}; fi", "  COMPREPLY=()",
      "  case $command:$prev in",
    ]
    for command in commands {
      for flag in command.flags where flag.values != .nothing {
        lines.append("  \(command.name):--\(flag.name)) \(Self.bash(flag.values)); return ;;")
      }
    }
    lines += ["  esac", "  case $command in"]
    for command in commands {
      let flags = Self.bash(.choices(command.flags.map { "--\($0.name)" }))
      let operands =
        command.takesFiles
        ? Self.bash(.files) : Self.bash(.choices(command.name.isEmpty ? words.map(\.name) : command.words))
      let name = command.name.isEmpty ? "''" : command.name
      lines.append("  \(name)) if [[ $cur == -* ]]; then \(flags); else \(operands); fi ;;")
    }
    lines += [
      "  help) COMPREPLY=($(compgen -W \"\(names)\" -- \"$cur\")) ;;",
      "  completion) COMPREPLY=($(compgen -W \"\(shells)\" -- \"$cur\")) ;;", "  esac", "}",
      "complete -F _\(identifier) \(program)",
    ]
    return lines.joined(separator: "\n")
  }

  private static func bash(_ values: Flag.Values) -> String {
    switch values {
    case .nothing, .anything: ":"
    case .files: "compopt -o filenames; COMPREPLY=($(compgen -f -- \"$cur\"))"
    case .folders: "compopt -o filenames; COMPREPLY=($(compgen -d -- \"$cur\"))"
    case .choices(let choices): "COMPREPLY=($(compgen -W \"\(choices.joined(separator: " "))\" -- \"$cur\"))"
    }
  }

  // MARK: - zsh

  private var zsh: String {
    let cases = commands.filter { !$0.name.isEmpty }.map { command in
      let operands =
        command.takesFiles
        ? " '*:file:_files'" : command.words.isEmpty ? "" : " '1:word:(\(command.words.joined(separator: " ")))'"
      return "    \(command.name)) _arguments \(arguments(command.flags))\(operands) ;;"
    }.joined(separator: "\n")
    let names = words.map { "\($0.name.escaping(":")):\($0.summary)".quoted }.joined(separator: " ")
    return """
      #compdef \(program)
      _\(identifier)() {
        local -a commands=(\(names))
        if (( CURRENT == 2 )) && [[ $words[2] != -* ]]; then
          _describe command commands
          return
        fi
        local command=$words[2]
        if [[ $command != -* ]]; then
          shift words
          (( CURRENT-- ))
        fi
        case $command in
      \(cases)
          help) _describe command commands ;;
          completion) _values shell \(shells) ;;
          -*) _arguments \(arguments(commands.first { $0.name.isEmpty }?.flags ?? Flag.common)) ;;
        esac
      }
      if [[ $funcstack[1] == _\(identifier) ]]; then _\(identifier) "$@"; else compdef _\(identifier) \(program); fi
      """
  }

  private func arguments(_ flags: [Flag]) -> String {
    flags.map { flag in
      let head = "--\(flag.name)" + (flag.placeholder == nil ? "" : "=") + "[\(flag.brief.escaping("[]:\\"))]"
      return switch flag.values {
      case .nothing: head
      case .anything: "\(head):\(flag.placeholder ?? ""):"
      case .files: "\(head):file:_files"
      case .folders: "\(head):folder:_files -/"
      case .choices(let choices): "\(head):\(flag.placeholder ?? ""):(\(choices.joined(separator: " ")))"
      }
    }.map(\.quoted).joined(separator: " ")
  }

  // MARK: - fish

  private var fish: String {
    let all = words.map(\.name).joined(separator: " ")
    var lines = ["# fish completion of \(program)", "complete -c \(program) -f"]
    lines += words.map {
      "complete -c \(program) -n \"not __fish_seen_subcommand_from \(all)\" -a \($0.name) -d \(Self.fishQuoted($0.summary))"
    }
    lines.append("complete -c \(program) -n \"__fish_seen_subcommand_from completion\" -a \"\(shells)\"")
    for command in commands {
      let condition =
        command.name.isEmpty ? "not __fish_seen_subcommand_from \(all)" : "__fish_seen_subcommand_from \(command.name)"
      let head = "complete -c \(program) -n \"\(condition)\""
      if command.takesFiles { lines.append("\(head) -F") }
      if !command.words.isEmpty { lines.append("\(head) -a \"\(command.words.joined(separator: " "))\"") }
      for flag in command.flags {
        let value =
          switch flag.values {
          case .nothing: ""
          case .anything: " -x"
          case .files: " -r -F"
          case .folders: " -x -a \"(__fish_complete_directories)\""
          case .choices(let choices): " -x -a \"\(choices.joined(separator: " "))\""
          }
        lines.append("\(head) -l \(flag.name)\(value) -d \(Self.fishQuoted(flag.brief))")
      }
    }
    return lines.joined(separator: "\n")
  }

  private static func fishQuoted(_ text: String) -> String { "'\(text.escaping("'\\"))'" }
}

extension String {
  /// Its first sentence, up to a colon, without the last mark.
  fileprivate var brief: String {
    let sentence = split(separator: ". ").first ?? ""
    return (sentence.split(separator: ": ").first ?? "").trimmed
  }
}
