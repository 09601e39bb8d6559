/// The words of a text as they are compared: without case and marks around them.
struct SpokenWord: Equatable {
  /// As it was written.
  var written: Substring
  /// As it is compared; empty for marks alone.
  var plain: String

  static func words(in text: String) -> [SpokenWord] {
    text.split(whereSeparator: \.isWhitespace).map { written in
      SpokenWord(written: written, plain: String(written.lowercased().filter { $0.isLetter || $0.isNumber }))
    }
  }

  /// The text without the white space around it; empty when there is no word in it.
  static func trimmed(_ text: String) -> String {
    guard text.contains(where: { $0.isLetter || $0.isNumber }) else { return "" }
    let front = text.drop(while: \.isWhitespace)
    let back = front.reversed().prefix(while: \.isWhitespace).count
    return String(front.dropLast(back))
  }

  static func == (one: SpokenWord, other: SpokenWord) -> Bool { one.plain == other.plain }
}
