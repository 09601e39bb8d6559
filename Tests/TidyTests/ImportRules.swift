/// The module an import line names, or nil when the line imports nothing.
func importedModule(_ line: String) -> String? {
  let words = line.words
  guard let keyword = words.firstIndex(of: "import"), keyword < 3, words.count > keyword + 1 else { return nil }
  let before: Set<Substring> = [
    "public", "package", "internal", "fileprivate", "private", "testable", "preconcurrency",
  ]
  guard words[..<keyword].allSatisfy(before.contains) else { return nil }
  let kinds: Set<Substring> = ["struct", "class", "enum", "protocol", "func", "typealias", "var", "let"]
  let named = kinds.contains(words[keyword + 1]) ? keyword + 2 : keyword + 1
  return named < words.count ? String(words[named]) : nil
}

extension Rules {
  /// A room imports what the picture allows it, and no more.
  static func layering(_ file: SourceFile) -> [Finding] {
    guard file.isSwift, let name = file.module else { return [] }
    guard let room = House.rooms[name] else {
      return [file.finding("no room is called \(name); say in Tests/TidyTests/House.swift what it may import")]
    }
    return file.findings { line in
      guard let module = importedModule(line) else { return nil }
      if House.rooms[module] != nil {
        return room.ours.contains(module)
          ? nil
          : "\(name) may not import \(module): pass what is needed as a value, or move it to a room both may import"
      }
      if module.hasPrefix("Foundation") {
        return room.also.contains(module)
          ? nil : "\(name) may not import \(module), it costs start-up and size: use Glibc or the standard library"
      }
      if name == "JSON" { return "JSON imports nothing: take the value as a parameter instead of importing \(module)" }
      if House.system.contains(module) || room.c.contains(module) || room.also.contains(module) { return nil }
      return "\(name) may not import \(module): House.swift names what it may"
    }
  }

  /// One file a C library in each module that has it: everyone else speaks Swift to it. CLinux is no library of its own and may be imported often.
  static func oneOwner(_ files: [SourceFile]) -> [Finding] {
    var owner: [String: String] = [:]
    var findings: [Finding] = []
    let libraries = House.rooms.values.reduce(into: Set<String>()) { $0.formUnion($1.c) }
    for file in files.sorted(by: { $0.path < $1.path }) where file.isSwift && file.module != nil {
      findings += file.findings { line in
        guard let module = importedModule(line), libraries.contains(module) else { return nil }
        if line.words.first == "public" { return "no signature of ours shows \(module): import it internally" }
        let key = "\(file.module ?? "") \(module)"
        guard let first = owner[key], first != file.path else {
          owner[key] = file.path
          return nil
        }
        return "\(first) imports \(module) already: add what is needed there and call that"
      }
    }
    return findings
  }

  /// Tests are written with Swift Testing.
  static func testing(_ file: SourceFile) -> [Finding] {
    guard file.isSwift else { return [] }
    return file.findings { line in
      importedModule(line) == "XCTest" ? "Swift Testing only: import Testing, write @Test and #expect" : nil
    }
  }
}
