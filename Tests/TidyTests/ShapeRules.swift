extension SourceFile {
  struct TypeShape: Equatable {
    var name: String
    var line: Int
    var storedProperties: Int
  }

  /// The structs, classes and actors it declares, nested ones too, and how many stored properties each has.
  var shapes: [TypeShape] {
    var shapes: [TypeShape] = []
    /// The types around the line, with the depth of braces inside them.
    var around: [(index: Int, depth: Int)] = []
    var depth = 0
    for (index, line) in code.enumerated() {
      let words = words[index]
      if let type = around.last, depth == type.depth, Self.isStored(line, words) {
        shapes[type.index].storedProperties += Self.names(in: line)
      }
      let declaration = Declaration(line, words)
      var opens = declaration.map { ["struct", "class", "actor"].contains($0.keyword) } == true
      for byte in line.utf8 {
        if byte == UInt8(ascii: "{") {
          depth += 1
          if opens, let declaration {
            opens = false
            around.append((shapes.count, depth))
            shapes.append(TypeShape(name: declaration.name, line: index, storedProperties: 0))
          }
        } else if byte == UInt8(ascii: "}") {
          if around.last?.depth == depth { around.removeLast() }
          depth -= 1
        }
      }
    }
    return shapes
  }

  private static let modifiers: Set<String> = [
    "public", "package", "internal", "fileprivate", "private", "set", "weak", "unowned", "unsafe", "lazy",
    "nonisolated", "final", "exclusivity", "unchecked",
  ]

  /// How many properties a line declares: `let a = 1, b: [C, D]` is two.
  private static func names(in line: Substring) -> Int {
    var depth = 0
    var names = 1
    var before = UInt8(ascii: " ")
    for byte in line.utf8 {
      switch byte {
      case UInt8(ascii: "("), UInt8(ascii: "["), UInt8(ascii: "{"), UInt8(ascii: "<"): depth += 1
      case UInt8(ascii: ")"), UInt8(ascii: "]"), UInt8(ascii: "}"): depth -= 1
      case UInt8(ascii: ">"): if before != UInt8(ascii: "-") { depth -= 1 }
      case UInt8(ascii: ","): if depth == 0 { names += 1 }
      default: break
      }
      before = byte
    }
    return names
  }

  private static func isStored(_ line: Substring, _ words: [String]) -> Bool {
    guard let keyword = words.firstIndex(where: { $0 == "var" || $0 == "let" }),
      words[..<keyword].allSatisfy(modifiers.contains)
    else { return false }
    guard words[keyword] == "var", let brace = line.utf8.firstIndex(of: UInt8(ascii: "{")) else { return true }
    // A body without a value before it computes, but for one that only watches.
    return line[..<brace].utf8.contains(UInt8(ascii: "=")) || words.contains { $0 == "didSet" || $0 == "willSet" }
  }
}

extension Rules {
  /// Accesses that are not checked have a comment above them, in their type or before it, with what checking costs.
  static func uncheckedAccess(_ file: SourceFile, _ manifest: Manifest) -> [Finding] {
    guard file.isSwift, file.isSource else { return [] }
    return file.code.indices.compactMap { index in
      let line = file.code[index]
      guard line.contains("@exclusivity(unchecked)") || line.contains("unowned(unsafe)"),
        !hasFigure(above: index, in: file)
      else { return nil }
      return file.finding("measure what checking this access costs, and say it in a comment above", line: index)
    }
  }

  private static func hasFigure(above index: Int, in file: SourceFile) -> Bool {
    var isBeforeType = false
    for place in (0..<index).reversed() {
      if file.words[place].isEmpty {
        let line = file.lines[place]
        if isBeforeType, line.isEmpty { return false }
        if line.contains("//"), line.contains(where: \.isNumber) { return true }
      } else if isBeforeType {
        return false
      } else if !["class", "struct", "enum", "extension"].allSatisfy({ !file.words[place].contains($0) }) {
        isBeforeType = true
      }
    }
    return false
  }

  static func storedProperties(_ file: SourceFile, _ manifest: Manifest) -> [Finding] {
    guard file.isSwift, file.isSource else { return [] }
    return file.shapes.filter { $0.storedProperties > House.mostStoredProperties }.map {
      file.finding(
        "\($0.name) has \($0.storedProperties) stored properties, \(House.mostStoredProperties) are allowed: "
          + "make a value of those that change together", line: $0.line)
    }
  }

  /// Files of a module that all need one another are one file in disguise. A type and its extensions count as one: the
  /// use of what an extension declares is no arrow.
  static func circles(_ files: [SourceFile], _ manifest: Manifest) -> [Finding] {
    manifest.modules.flatMap { module in
      let own = files.filter { $0.isSwift && manifest.target(of: $0.path) == module }
      return FileGraph(own).circles.filter { $0.count > House.largestCircle }.map { circle in
        Finding(
          path: module.path,
          message:
            "\(circle.joined(separator: ", ")) refer to one another in a circle, \(House.largestCircle) files may: "
            + "pass a value or a closure instead of the type at one of its arrows")
      }
    }
  }
}

/// Which file of a module names a type that another one declares.
struct FileGraph {
  private let names: [String]
  private let arrows: [[Int]]

  init(_ files: [SourceFile]) {
    names = files.map(\.name)
    var home: [String: Int] = [:]
    var ambiguous: Set<String> = []
    for (index, file) in files.enumerated() {
      for (_, declaration) in file.declarations where declaration.isOutermost && declaration.keyword != "extension" {
        if let first = home[declaration.name], first != index { ambiguous.insert(declaration.name) }
        home[declaration.name] = index
      }
    }
    for name in ambiguous { home[name] = nil }
    arrows = files.enumerated().map { index, file in
      var targets: Set<Int> = []
      for words in file.words {
        for word in words {
          if let target = home[word], target != index { targets.insert(target) }
        }
      }
      return targets.sorted()
    }
  }

  /// Groups of files each of which leads to all others of its group, in the files' order.
  var circles: [[String]] {
    let reached = names.indices.map(reachable)
    var done: Set<Int> = []
    return names.indices.compactMap { index in
      guard !done.contains(index) else { return nil }
      let group = names.indices.filter { $0 == index || (reached[index].contains($0) && reached[$0].contains(index)) }
      done.formUnion(group)
      return group.count > 1 ? group.map { names[$0] } : nil
    }
  }

  private func reachable(_ start: Int) -> Set<Int> {
    var found: Set<Int> = []
    var next = arrows[start]
    while let index = next.popLast() {
      if found.insert(index).inserted { next += arrows[index] }
    }
    return found
  }
}
