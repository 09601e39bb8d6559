/// Rules for the page that the server sends to browsers, Sources/CPage/page.
enum PageRules {
  static let folder = "Sources/CPage/page/"

  static func findings(_ files: [SourceFile]) -> [Finding] {
    let names = Set(files.map(\.name))
    return files.flatMap { length($0) + broken($0) + unsafe($0) + elsewhere($0) + missing($0, names) }
  }

  /// A literal with a line break: the server leaves out indentation and lines of comment.
  static func broken(_ file: SourceFile) -> [Finding] {
    guard file.path.hasSuffix(".js") else { return [] }
    return file.lines.enumerated().compactMap { index, line in
      line.count { $0 == "`" }.isMultiple(of: 2)
        ? nil : file.finding("a literal goes on in the next line: end it in its own", line: index)
    }
  }

  static func length(_ file: SourceFile) -> [Finding] {
    let long = file.lines.enumerated().filter { $0.element.count > House.mostColumns }.map { index, line in
      file.finding("\(line.count) columns, \(House.mostColumns) are allowed: break the line", line: index)
    }
    guard file.lines.count > House.longestFile else { return long }
    return long + [file.finding("\(file.lines.count) lines, \(House.longestFile) are allowed: part it")]
  }

  /// What would run or show untrusted text, and what the content security policy would refuse.
  private static let never: [(text: String, instead: String)] = [
    ("innerHTML", "textContent"), ("outerHTML", "textContent"), ("insertAdjacentHTML", "append"),
    ("document.write", "append"), ("srcdoc", "append"), ("DOMParser", "append"), ("eval(", "a function"),
    ("new Function", "a function"), ("setTimeout(\"", "a function"), ("javascript:", "a listener"),
    (".cssText", "a class or a custom property"), ("setAttribute(\"style\"", "a class or a custom property"),
    (" style=", "page.css"), ("<style", "page.css"), ("console.", "a text in the page"), ("debugger", "nothing"),
  ]

  static func unsafe(_ file: SourceFile) -> [Finding] {
    file.lines.enumerated().flatMap { index, line in
      let found = never.filter { line.contains($0.text) }.map {
        file.finding("\($0.text): use \($0.instead)", line: index)
      }
      guard file.path.hasSuffix(".html") else { return found }
      let handlers = line.words.filter { $0.hasPrefix("on") && line.contains(" \($0)=") }
      let inline = line.contains("<script") && !line.contains("src=")
      return found + handlers.map { file.finding("\($0): listen in a module", line: index) }
        + (inline ? [file.finding("a script in the page: make it a module", line: index)] : [])
    }
  }

  /// The page is fetched from one origin alone.
  static func elsewhere(_ file: SourceFile) -> [Finding] {
    file.lines.enumerated().compactMap { index, line in
      let foreign = ["http://", "https://", "url(//", "src=\"//", "href=\"//", "ws://", "wss://"].first { place in
        // The names of XML's vocabularies are no addresses, and a module makes its own server's from `location`.
        guard let found = line.firstRange(of: place) else { return false }
        let rest = line[found.upperBound...]
        return !rest.hasPrefix("www.w3.org/") && !rest.hasPrefix("${")
      }
      return foreign.map { file.finding("\($0)…: nothing is fetched from another host", line: index) }
    }
  }

  /// `from "./x.js"`, `import("./x.js")`, `/page/x.css`, `new Worker("/page/x.js")`.
  static func missing(_ file: SourceFile, _ names: Set<String>) -> [Finding] {
    file.lines.enumerated().flatMap { index, line in
      line.split { "\"'`".contains($0) }.compactMap { part in
        let name = ["./", "/page/"].first(where: part.hasPrefix).map { part.dropFirst($0.count) }
        guard let name, !name.isEmpty, !names.contains(String(name.prefix { $0 != "?" && $0 != "#" })) else {
          return nil
        }
        return file.finding("\(name) is no file of the page", line: index)
      }
    }
  }
}
