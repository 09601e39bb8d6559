/// A word of a text, compared without case and punctuation.
struct SpokenWord: Equatable {
  /// As written.
  var written: String
  /// As compared; empty for punctuation alone.
  var plain: String

  static func words(in text: String) -> [SpokenWord] {
    text.split(whereSeparator: \.isWhitespace).map { written in
      SpokenWord(written: String(written), plain: String(written.lowercased().filter { $0.isLetter || $0.isNumber }))
    }
  }

  /// As written, without marks behind it.
  var bare: String { String(written.reversed().drop(while: \.isMark).reversed()) }

  /// The text without surrounding white space; empty if it has no word.
  static func trimmed(_ text: String) -> String {
    guard text.contains(where: { $0.isLetter || $0.isNumber }) else { return "" }
    let front = text.drop(while: \.isWhitespace)
    let back = front.reversed().prefix(while: \.isWhitespace).count
    return String(front.dropLast(back))
  }

  static func == (one: SpokenWord, other: SpokenWord) -> Bool { one.plain == other.plain }
}
