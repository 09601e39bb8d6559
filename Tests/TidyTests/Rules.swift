/// The rules a formatter can't keep. Each is a function from files to findings, and each message says what to do.
enum Rules {
  typealias Rule = @Sendable ([SourceFile], Manifest) -> [Finding]

  /// Those that look at one file at a time.
  private static let perFile: [String: @Sendable (SourceFile, Manifest) -> [Finding]] = [
    "length": length, "unfinished work": unfinishedWork, "imports": imports, "testing": testing, "banned words": banned,
    "names": names, "output": output, "home": home, "sentences": sentences, "stored properties": storedProperties,
    "symbols": symbols, "columns": columns, "README": readme, "unchecked access": uncheckedAccess,
  ]
  private static let overall: [String: Rule] = [
    "dependencies": dependencies, "one owner": oneOwner, "C modules": cModules, "circles": circles,
    "module table": moduleTable, "parts of the suite": parts,
  ]

  /// All rules, by name.
  static let all: [String: Rule] = perFile.mapValues { rule in
    { @Sendable files, manifest in files.flatMap { rule($0, manifest) } }
  }.merging(overall) { $1 }

  /// Rules that the repository does not keep yet. What they find is shown as known.
  static let waiting: Set<String> = []

  static func findings(_ files: [SourceFile], _ manifest: Manifest) -> [Finding] {
    all.sorted { $0.key < $1.key }.flatMap { $0.value(files, manifest) }
  }

  static func length(_ file: SourceFile, _ manifest: Manifest) -> [Finding] {
    guard file.isSwift || file.path.hasSuffix(".py"), file.lines.count > House.longestFile else { return [] }
    return [
      file.finding(
        "\(file.lines.count) lines, \(House.longestFile) are allowed: give one of its ideas a file of its own (Type+topic.swift)"
      )
    ]
  }

  /// Marks of unfinished work, written apart here so that this file is none.
  static let unfinished: Set<String> = ["TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK"]

  static func unfinishedWork(_ file: SourceFile, _ manifest: Manifest) -> [Finding] {
    file.lines.enumerated().flatMap { index, line in
      // Few lines have as much as the letters.
      guard unfinished.contains(where: line.contains) else { return [Finding]() }
      return line.words.filter(unfinished.contains).map {
        file.finding("\($0): do it now, or open an issue and say here how things are", line: index)
      }
    }
  }

  /// Only programs have a standard output, and what goes there is their result.
  static func output(_ file: SourceFile, _ manifest: Manifest) -> [Finding] {
    guard file.isSwift, file.isSource, manifest.target(of: file.path)?.kind != .program else { return [] }
    let printing: Set<String> = ["print", "debugPrint", "dump", "puts", "printf", "putchar", "stdout"]
    return file.words.enumerated().compactMap { place, words in
      guard let index = words.firstIndex(where: printing.contains) else { return nil }
      // `func print(` declares and `.print(` calls something of one's own.
      if index > 0, words[index - 1] == "func" { return nil }
      let call = words[index]
      let line = file.code[place]
      guard call == "stdout" || (line.contains("\(call)(") && !line.contains(".\(call)(")) else { return nil }
      return file.finding("\(call) in a library: return the text, or take a closure that is given it", line: place)
    }
  }
}
