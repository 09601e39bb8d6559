/// The module an import line names, or nil when the line imports nothing.
func importedModule(_ words: [String]) -> String? {
  guard let keyword = words.firstIndex(of: "import"), keyword < 3, words.count > keyword + 1 else { return nil }
  let before: Set<String> = ["public", "package", "internal", "fileprivate", "private", "testable", "preconcurrency"]
  guard words[..<keyword].allSatisfy(before.contains) else { return nil }
  let kinds: Set<String> = ["struct", "class", "enum", "protocol", "func", "typealias", "var", "let"]
  let named = kinds.contains(words[keyword + 1]) ? keyword + 2 : keyword + 1
  return named < words.count ? words[named] : nil
}

// That an import is declared in Package.swift the toolchain checks (Scripts/check build); the rest is here.
extension Rules {
  /// The system's modules: few, and none in a pure module.
  static func imports(_ file: SourceFile, _ manifest: Manifest) -> [Finding] {
    guard file.isSource, file.isSwift else { return [] }
    guard let target = manifest.target(of: file.path) else {
      return [file.finding("no target in Package.swift has this file: declare one, or move the file")]
    }
    return file.findings { words in
      guard let module = importedModule(words), manifest[module] == nil || manifest.isC(module) else { return nil }
      if House.pure.contains(target.name) {
        return "\(target.name) is pure: take the value as a parameter instead of importing \(module)"
      }
      if manifest.isC(module) || ["Glibc", "Synchronization"].contains(module) { return nil }
      return "\(target.name) may not import \(module), it costs start-up and size: use Glibc or the standard library"
    }
  }

  /// What Package.swift says a target depends on, one of its files imports. A test's dependency on a program is there
  /// to be started.
  static func dependencies(_ files: [SourceFile], _ manifest: Manifest) -> [Finding] {
    var imported: [String: Set<String>] = [:]
    for file in files where file.isSwift {
      guard let target = manifest.target(of: file.path) else { continue }
      for words in file.words {
        if let module = importedModule(words) { imported[target.name, default: []].insert(module) }
      }
    }
    return manifest.targets.flatMap { target in
      target.dependencies.filter { dependency in
        let isStarted = target.kind == .test && manifest[dependency]?.kind == .program
        return !isStarted && imported[target.name]?.contains(dependency) != true
      }.map {
        Finding(
          path: "Package.swift",
          message: "\(target.name) declares \($0) and imports it nowhere: take it out of the list")
      }
    }
  }

  /// One file a C library in a module: everyone else speaks Swift to it, and no signature of ours shows it.
  static func oneOwner(_ files: [SourceFile], _ manifest: Manifest) -> [Finding] {
    var owner: [String: String] = [:]
    return files.filter { $0.isSource && $0.isSwift }.flatMap { file in
      file.findings { words in
        guard let module = importedModule(words), manifest.isC(module), !House.shared.contains(module) else {
          return nil
        }
        if words.first != "internal" { return "write internal import \(module): no signature of ours shows it" }
        let key = "\(manifest.target(of: file.path)?.name ?? "") \(module)"
        guard let first = owner[key], first != file.path else {
          owner[key] = file.path
          return nil
        }
        return "\(first) imports \(module) already: add what is needed there and call that"
      }
    }
  }

  /// A C module is a module map and a shim.
  static func cModules(_ files: [SourceFile], _ manifest: Manifest) -> [Finding] {
    files.compactMap { file in
      guard let target = manifest.target(of: file.path), manifest.isC(target.name),
        !House.written.contains(target.name), !["module.modulemap", "shim.h"].contains(file.name)
      else { return nil }
      return file.finding("a C module is module.modulemap and shim.h: write this in Swift")
    }
  }

  /// Tests are written with Swift Testing.
  static func testing(_ file: SourceFile, _ manifest: Manifest) -> [Finding] {
    guard file.isSwift else { return [] }
    return file.findings { words in
      importedModule(words) == "XCTest" ? "Swift Testing only: import Testing, write @Test and #expect" : nil
    }
  }
}
