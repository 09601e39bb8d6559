extension SourceFile {
  struct Link: Equatable {
    var text: String
    /// From the repository's root; nil for web addresses and places on the same page.
    var path: String
    var line: Int
  }

  var isDocument: Bool { path.hasSuffix(".md") }

  /// What stands as `[text](target)` in it, but for web addresses and places on the same page.
  var links: [Link] {
    guard isDocument else { return [] }
    let folder = path.split(separator: "/").dropLast()
    return lines.enumerated().flatMap { index, line in
      var found: [Link] = []
      var rest = line
      while let middle = rest.firstRange(of: "](") {
        let before = rest[..<middle.lowerBound]
        guard let close = rest[middle.upperBound...].firstIndex(of: ")") else { break }
        let target = rest[middle.upperBound..<close].prefix { $0 != "#" }
        let text = before.lastIndex(of: "[").map { before[before.index(after: $0)...] } ?? ""
        if !target.isEmpty, !target.contains(":"), !target.contains(" ") {
          found.append(Link(text: String(text), path: Self.resolve(target, from: folder), line: index))
        }
        rest = rest[rest.index(after: close)...]
      }
      return found
    }
  }

  private static func resolve(_ target: Substring, from folder: ArraySlice<Substring>) -> String {
    var parts = Array(folder)
    for part in target.split(separator: "/") {
      if part == ".." { _ = parts.popLast() } else if part != "." { parts.append(part) }
    }
    return parts.joined(separator: "/")
  }
}

extension Rules {
  static let picture = "ARCHITECTURE.md"

  /// Each relative link of a document leads to something that exists. `exists` is asked with paths from the root.
  static func links(_ file: SourceFile, exists: (String) -> Bool) -> [Finding] {
    file.links.filter { !exists($0.path) }.map {
      file.finding("the link to \($0.path) leads nowhere: correct it or take it out", line: $0.line)
    }
  }

  /// A step of the walk, `[Outbox](…)` or `[StreamSession.receive](…)`, names what the file it leads to has.
  static func symbols(_ file: SourceFile, _ manifest: Manifest) -> [Finding] {
    guard file.path == picture else { return [] }
    return file.links.filter { $0.path.hasPrefix("Sources/") && $0.path.hasSuffix(".swift") }.flatMap { link in
      missing(link).map {
        file.finding(
          "\(link.path) has no \($0): name what the step is called there, or link to where it is", line: link.line)
      }
    }
  }

  /// The parts of a symbol that the linked file does not have; none where the text is prose.
  private static func missing(_ link: SourceFile.Link) -> [String] {
    let symbol = link.text.filter { $0 != "`" }
    let parts = symbol.hasSuffix("()") ? symbol.dropLast(2).split(separator: ".") : symbol.split(separator: ".")
    let isSymbol = parts.allSatisfy { $0.allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" } }
    guard isSymbol, let file = Repository.file(link.path) else { return [] }
    return parts.map(String.init).filter { part in !file.words.contains { $0.contains(part) } }
  }

  /// The table of modules in ARCHITECTURE.md is Package.swift's: a row each, whose last column is what the module
  /// imports.
  static func moduleTable(_ files: [SourceFile], _ manifest: Manifest) -> [Finding] {
    guard let page = files.first(where: { $0.path == picture }) else { return [] }
    guard let head = page.lines.firstIndex(where: { $0.hasPrefix("| module |") }) else {
      return [page.finding("there is no table of modules: add one that begins | module | is | imports |")]
    }
    var findings: [Finding] = []
    var seen: Set<String> = []
    for (index, line) in page.lines.enumerated().dropFirst(head + 2).prefix(while: { $0.element.hasPrefix("|") }) {
      let cells = line.split(separator: "|", omittingEmptySubsequences: false).dropFirst().dropLast().map {
        $0.split(separator: " ").joined(separator: " ")
      }
      let link = page.links.first { $0.line == index }
      guard let module = manifest.modules.first(where: { $0.name == link?.text }), let said = cells.last else {
        findings.append(
          page.finding("Package.swift has no module \(link?.text ?? cells.first ?? ""): take the row out", line: index))
        continue
      }
      seen.insert(module.name)
      let imports = module.dependencies.joined(separator: ", ")
      if link?.path != module.path {
        findings.append(page.finding("\(module.name) is at \(module.path): link to that", line: index))
      }
      if said != imports {
        findings.append(
          page.finding(
            "Package.swift lets \(module.name) import \(imports.isEmpty ? "nothing" : imports): write |\(imports.isEmpty ? "" : " \(imports)") | in its last column",
            line: index))
      }
    }
    return findings
      + manifest.modules.filter { !seen.contains($0.name) }.map {
        page.finding(
          "\($0.name) has no row: add | [\($0.name)](\($0.path)) | what it is | \($0.dependencies.joined(separator: ", ")) |",
          line: head)
      }
  }

  /// Documents and comments are as narrow as code. A table's row, an address and a fenced example cannot be broken.
  static func columns(_ file: SourceFile, _ manifest: Manifest) -> [Finding] {
    guard file.isDocument || file.isSwift || file.path.hasSuffix(".py") || file.path.hasPrefix("Scripts/") else {
      return []
    }
    var isFenced = false
    return file.lines.enumerated().compactMap { index, line in
      if file.isDocument, line.hasPrefix("```") { isFenced.toggle() }
      guard !isFenced, line.utf8.count > House.mostColumns, line.count > House.mostColumns else { return nil }
      let text = line.drop { $0 == " " }
      if text.hasPrefix("|") || !text.contains(" ") || text.contains("://") { return nil }
      guard file.isDocument || text.hasPrefix(file.isSwift ? "//" : "#") else { return nil }
      return file.finding("\(line.count) columns, \(House.mostColumns) are allowed: break the line", line: index)
    }
  }

  static func readme(_ file: SourceFile, _ manifest: Manifest) -> [Finding] {
    guard file.path == "README.md", file.lines.count > House.longestReadme else { return [] }
    return [
      file.finding(
        "\(file.lines.count) lines, \(House.longestReadme) are allowed: move what only some readers need to docs and link to it"
      )
    ]
  }

  /// The subjects of commits, as `git log --format=%h %s` gives them, that are too long to be read in a list.
  static func subjects(_ log: String) -> [Finding] {
    log.split(separator: "\n").compactMap { line in
      let (commit, subject): (Substring, Substring) = (line.prefix { $0 != " " }, line.drop { $0 != " " }.dropFirst())
      guard subject.count > House.longestSubject else { return nil }
      return Finding(
        path: "commit \(commit)",
        message:
          "its subject has \(subject.count) characters, \(House.longestSubject) are allowed: say the rest in its body")
    }
  }
}
