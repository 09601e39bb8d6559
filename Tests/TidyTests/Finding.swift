/// Where the house's rules are not kept, and what to do instead.
struct Finding: Equatable, Sendable, CustomStringConvertible {
  var path: String
  /// From 1; nil when the whole file is meant.
  var line: Int?
  var message: String

  var description: String { "\(path)\(line.map { ":\($0)" } ?? ""): \(message)" }
}

extension SourceFile {
  func finding(_ message: String, line index: Int? = nil) -> Finding {
    Finding(path: path, line: index.map { $0 + 1 }, message: message)
  }

  /// A finding for each line of code on whose words `check` has something to say.
  func findings(_ check: ([String]) -> String?) -> [Finding] {
    words.enumerated().compactMap { index, words in check(words).map { finding($0, line: index) } }
  }
}
