/// A type or extension declared on one line.
struct Declaration: Equatable {
  var keyword: String
  var name: String
  /// Whether it stands at the file's outermost level.
  var isOutermost: Bool

  static let keywords: Set<String> = ["struct", "class", "enum", "actor", "protocol", "typealias", "extension"]
  private static let before: Set<String> = [
    "public", "package", "internal", "fileprivate", "private", "final", "indirect", "nonisolated", "unsafe", "main",
    "Suite", "frozen", "unchecked", "MainActor", "open", "serialized",
  ]

  /// `line` is a line of code, `words` what is in it.
  init?(_ line: Substring, _ words: [String]) {
    guard let index = words.firstIndex(where: Self.keywords.contains), words.count > index + 1 else { return nil }
    // `@Suite("…")` leaves an empty literal; anything else before the keyword is an expression.
    guard words[..<index].allSatisfy(Self.before.contains) else { return nil }
    keyword = words[index]
    name = words[index + 1]
    isOutermost = line.utf8.first != UInt8(ascii: " ")
    if keyword == "class", name == "func" || name == "var" { return nil }
  }
}

extension SourceFile {
  /// The types it declares or extends, with the places of their lines.
  var declarations: [(line: Int, declaration: Declaration)] {
    zip(code, words).enumerated().compactMap { index, pair in Declaration(pair.0, pair.1).map { (index, $0) } }
  }
}

extension Rules {
  /// The words of an identifier, in small letters: `JSONPace2` is json, pace.
  static func parts(_ identifier: String) -> [String] {
    let bytes = Array(identifier.utf8)
    func isCapital(_ index: Int) -> Bool {
      index < bytes.count && (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(bytes[index])
    }
    func isSmall(_ index: Int) -> Bool {
      index < bytes.count && (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(bytes[index])
    }
    var parts: [String] = []
    var part: [UInt8] = []
    func end() {
      if !part.isEmpty { parts.append(String(decoding: part, as: UTF8.self)) }
      part = []
    }
    for index in bytes.indices {
      // A capital begins a word, but for those within an acronym.
      if isCapital(index), index > 0, !isCapital(index - 1) || isSmall(index + 1) { end() }
      if isCapital(index) || isSmall(index) { part.append(bytes[index] | 0x20) } else { end() }
    }
    end()
    return parts
  }

  /// No name has a banned word: in Sources no identifier, elsewhere no type and no file.
  static func banned(_ file: SourceFile, _ manifest: Manifest) -> [Finding] {
    guard file.isSwift else { return [] }
    func message(_ name: String) -> String? {
      parts(name).lazy.compactMap { word in House.bannedWords[word].map { "\(name): instead of \(word) write \($0)" } }
        .first
    }
    var findings: [Finding] = []
    if let message = message(file.stem) { findings.append(file.finding("the file is called \(message)")) }
    if file.isSource {
      for (index, words) in file.words.enumerated() {
        findings += words.compactMap(message).map { file.finding($0, line: index) }
      }
    } else {
      findings += file.declarations.compactMap { line, declaration in
        message(declaration.name).map { file.finding($0, line: line) }
      }
    }
    return findings
  }

  /// No type is called like its module.
  static func names(_ file: SourceFile, _ manifest: Manifest) -> [Finding] {
    guard file.isSwift, file.isSource, let target = manifest.target(of: file.path) else { return [] }
    return file.declarations.compactMap { line, declaration in
      guard declaration.isOutermost, declaration.keyword != "extension", declaration.name == target.name else {
        return nil
      }
      return file.finding(
        "\(declaration.name) is called like its module, whose other types could no longer be named in full: give it another name",
        line: line)
    }
  }

  /// `Session.swift` declares or extends `Session`, `Session+flush.swift` extends it or is about it. The file that
  /// imports a C library may be called after that instead: it holds whatever makes the library safe.
  static func home(_ file: SourceFile, _ manifest: Manifest) -> [Finding] {
    guard file.isSwift, file.isSource else { return [] }
    let stem = file.stem
    let type = String(stem.prefix { $0 != "+" })
    let declared = file.declarations.map(\.declaration).filter(\.isOutermost)
    if declared.contains(where: { $0.name == type }) { return [] }
    // A topic may be how other types are made from this one.
    if stem.utf8.contains(UInt8(ascii: "+")), file.words.contains(where: { $0.contains(type) }) { return [] }
    if file.words.contains(where: { importedModule($0).map(manifest.isC) == true }) { return [] }
    guard let first = declared.first else { return [] }
    return [
      file.finding(
        "nothing in it is called \(type): a type names its file, \(first.name).swift or \(first.name)+topic.swift")
    ]
  }

  /// A test is called by what it shows: func `an empty chunk is refused`().
  static func sentences(_ file: SourceFile, _ manifest: Manifest) -> [Finding] {
    guard file.isSwift, file.path.hasPrefix("Tests/") else { return [] }
    var findings: [Finding] = []
    var isTest = false
    for (index, words) in file.words.enumerated() {
      if words.contains("Test"), file.code[index].contains("@Test") { isTest = true }
      guard isTest, let keyword = words.firstIndex(of: "func"), words.count > keyword + 1 else { continue }
      if !file.code[index].contains("func `") {
        findings.append(file.finding("\(words[keyword + 1]): a test's name is a sentence in backticks", line: index))
      }
      isTest = false
    }
    return findings
  }
}
