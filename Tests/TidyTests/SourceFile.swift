/// One text file of the repository: what the rules read.
struct SourceFile: Equatable, Sendable {
  /// From the repository's root: `Sources/JSON/JSONValue.swift`.
  var path: String
  /// Its lines as written.
  var lines: [String]
  /// Its lines with comments and the insides of string literals left out, so that a rule about code meets only code.
  var code: [String]

  init(_ path: String, _ text: String) {
    self.path = path
    lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    if lines.last == "" { lines.removeLast() }
    code = path.hasSuffix(".swift") ? CodeMask.mask(lines) : lines
  }

  /// The file's name without folders: `JSONValue.swift`.
  var name: String { String(path.split(separator: "/").last ?? "") }
  var isSwift: Bool { path.hasSuffix(".swift") }
  /// The module whose source it is, or nil outside `Sources`.
  var module: String? {
    let parts = path.split(separator: "/")
    return parts.count > 2 && parts[0] == "Sources" ? String(parts[1]) : nil
  }
}

extension String {
  /// The identifiers and numbers of a line, in order.
  var words: [Substring] { split { !($0.isLetter || $0.isNumber || $0 == "_") } }
}
