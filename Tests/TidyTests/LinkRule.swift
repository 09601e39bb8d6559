extension Rules {
  /// Each relative link of a document leads to something that exists. `exists` is asked with paths from the root.
  static func links(_ file: SourceFile, exists: (String) -> Bool) -> [Finding] {
    guard file.path.hasSuffix(".md") else { return [] }
    let folder = file.path.split(separator: "/").dropLast()
    return file.lines.enumerated().flatMap { index, line in
      targets(line).filter { !exists(resolve($0, from: folder)) }.map {
        file.finding("the link to \($0) leads nowhere: correct it or take it out", line: index)
      }
    }
  }

  /// What stands in `](…)`, without web addresses and places on the same page.
  static func targets(_ line: String) -> [String] {
    var found: [String] = []
    var rest = line[...]
    while let open = rest.firstIndex(of: "]") {
      rest = rest[rest.index(after: open)...]
      guard rest.first == "(", let close = rest.firstIndex(of: ")") else { continue }
      let target = rest[rest.index(after: rest.startIndex)..<close].split(
        separator: "#", omittingEmptySubsequences: false)[0]
      if !target.isEmpty, !target.contains(":"), !target.contains(" ") { found.append(String(target)) }
      rest = rest[close...]
    }
    return found
  }

  private static func resolve(_ target: String, from folder: ArraySlice<Substring>) -> String {
    var parts = Array(folder)
    for part in target.split(separator: "/") {
      if part == ".." { _ = parts.popLast() } else if part != "." { parts.append(part) }
    }
    return parts.joined(separator: "/")
  }
}
