/// Words without case and marks, as several protocols send them: `Mr.` is `mr`, `ill-disposed,` is `ill-disposed`.
enum PlainWord {
  static func text(_ written: some StringProtocol) -> String { bare(written).lowercased() }

  /// Without the marks around it: `Mr.` is `Mr`.
  static func bare(_ written: some StringProtocol) -> String {
    let word = written.drop { !$0.isSpoken }
    return String(word.reversed().drop { !$0.isSpoken }.reversed())
  }

  /// The words of a text; pieces without a letter or digit are none.
  static func words(of text: String) -> [String] {
    text.split(whereSeparator: \.isWhitespace).map(Self.text).filter { !$0.isEmpty }
  }
}

extension Character {
  var isSpoken: Bool { isLetter || isNumber }
}
