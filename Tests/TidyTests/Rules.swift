/// The rules a formatter can't keep. Each is a function from files to findings, and each message says what to do.
enum Rules {
  static let perFile: [@Sendable (SourceFile) -> [Finding]] = [
    length, words, layering, testing, names, output, home, sentences,
  ]
  static let overall: [@Sendable ([SourceFile]) -> [Finding]] = [oneOwner]

  static func findings(_ files: [SourceFile]) -> [Finding] {
    files.flatMap { file in perFile.flatMap { $0(file) } } + overall.flatMap { $0(files) }
  }

  static let longestLines = 400

  static func length(_ file: SourceFile) -> [Finding] {
    guard file.isSwift || file.path.hasSuffix(".py"), file.lines.count > longestLines else { return [] }
    return [
      file.finding(
        "\(file.lines.count) lines, \(longestLines) are allowed: give one of its ideas a file of its own (Type+topic.swift)"
      )
    ]
  }

  /// Marks of unfinished work, written apart here so that this file is none.
  static let unfinished: Set<Substring> = ["TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK"]

  static func words(_ file: SourceFile) -> [Finding] {
    file.lines.enumerated().flatMap { index, line in
      line.words.filter(unfinished.contains).map {
        file.finding("\($0): do it now, or open an issue and say here how things are", line: index)
      }
    }
  }

  /// Only programs have a standard output, and what goes there is their result.
  static func output(_ file: SourceFile) -> [Finding] {
    guard file.isSwift, let module = file.module, House.rooms[module]?.isProgram != true else { return [] }
    let printing: Set<Substring> = ["print", "debugPrint", "dump", "puts", "printf", "putchar", "stdout"]
    return file.findings { line in
      let words = line.words
      guard let index = words.firstIndex(where: printing.contains) else { return nil }
      // `func print(` declares and `.print(` calls something of one's own.
      if index > 0, words[index - 1] == "func" { return nil }
      let call = words[index]
      guard call == "stdout" || (line.contains("\(call)(") && !line.contains(".\(call)(")) else { return nil }
      return "\(call) in a library: return the text, or take a closure that is given it"
    }
  }
}
