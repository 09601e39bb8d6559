/// A type or extension declared on one line.
struct Declaration: Equatable {
  var keyword: String
  var name: String
  /// Whether it stands at the file's outermost level.
  var isOutermost: Bool

  static let keywords: Set<Substring> = ["struct", "class", "enum", "actor", "protocol", "typealias", "extension"]
  private static let before: Set<Substring> = [
    "public", "package", "internal", "fileprivate", "private", "final", "indirect", "nonisolated", "unsafe", "main",
    "Suite", "frozen", "unchecked", "MainActor", "open",
  ]

  init?(_ line: String) {
    let words = line.words
    guard let index = words.firstIndex(where: Self.keywords.contains), words.count > index + 1 else { return nil }
    // `@Suite("…")` leaves an empty literal; anything else before the keyword is an expression.
    guard words[..<index].allSatisfy(Self.before.contains) else { return nil }
    keyword = String(words[index])
    name = String(words[index + 1])
    isOutermost = line.first != " "
    if keyword == "class", name == "func" || name == "var" { return nil }
  }
}

extension Rules {
  static let vague = ["Manager", "Helper", "Helpers", "Utils", "Util", "Utilities", "Misc"]

  /// Nouns of the field; no type called like its module, which could then never be named in full.
  static func names(_ file: SourceFile) -> [Finding] {
    guard file.isSwift else { return [] }
    var findings: [Finding] = []
    let stem = String(file.name.dropLast(".swift".count))
    if let word = vague.first(where: stem.hasSuffix) {
      findings.append(file.finding("\(word) says nothing: name the file after the type it holds"))
    }
    return findings
      + file.findings { line in
        guard let declaration = Declaration(line), declaration.keyword != "extension" else { return nil }
        if let word = vague.first(where: declaration.name.hasSuffix) {
          return "\(declaration.name): \(word) says nothing, name what it is or does"
        }
        if declaration.isOutermost, declaration.name == file.module {
          return "\(declaration.name) is called like its module, whose other types could not be named in full any more"
        }
        return nil
      }
  }

  /// `Session.swift` declares or extends `Session`, `Session+flush.swift` extends it or is about it. The file that imports a C library may be
  /// called after that instead: it holds whatever makes the library safe.
  static func home(_ file: SourceFile) -> [Finding] {
    guard file.isSwift, file.module != nil else { return [] }
    let stem = file.name.dropLast(".swift".count)
    let type = String(stem.split(separator: "+").first ?? "")
    let declared = file.code.compactMap(Declaration.init).filter(\.isOutermost)
    if declared.contains(where: { $0.name == type || $0.name.hasPrefix("\(type).") }) { return [] }
    // A topic may be how other types are made from this one.
    if stem.contains("+"), file.code.contains(where: { $0.words.contains(Substring(type)) }) { return [] }
    let libraries = House.rooms[file.module ?? ""]?.c ?? []
    if file.code.contains(where: { importedModule($0).map(libraries.contains) == true }) { return [] }
    guard let first = declared.first else { return [] }
    return [
      file.finding(
        "nothing in it is called \(type): a type names its file, \(first.name).swift or \(first.name)+topic.swift")
    ]
  }

  /// A test is called by what it shows: func `an empty chunk is refused`().
  static func sentences(_ file: SourceFile) -> [Finding] {
    guard file.isSwift, file.path.hasPrefix("Tests/") else { return [] }
    var findings: [Finding] = []
    var isTest = false
    for (index, line) in file.code.enumerated() {
      let words = line.words
      if line.contains("@Test") { isTest = true }
      guard isTest, let keyword = words.firstIndex(of: "func"), words.count > keyword + 1 else { continue }
      if !line.contains("func `") {
        findings.append(file.finding("\(words[keyword + 1]): a test's name is a sentence in backticks", line: index))
      }
      isTest = false
    }
    return findings
  }
}
