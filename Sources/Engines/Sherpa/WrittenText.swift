/// Mends what models get wrong in marks: a mark that stands twice, a sentence that begins in lower case.
enum WrittenText {
  /// Words that end with a period which does not end a sentence.
  private static let abbreviations: Set<String> = [
    "mr", "mrs", "ms", "dr", "st", "jr", "sr", "prof", "gen", "col", "capt", "lt", "sgt", "rev", "hon", "vs", "etc",
    "no", "vol", "fig", "al", "approx", "inc", "ltd", "co",
  ]

  /// The text with one space between words.
  static func tidied(_ text: String) -> String {
    var words: [String] = []
    var isBeginning = false
    for piece in text.split(whereSeparator: \.isWhitespace) {
      if piece.allSatisfy(\.isMark), let last = words.popLast() {
        // A mark on its own belongs to the word before it.
        words.append(merged(last + piece))
      } else {
        words.append(isBeginning ? capitalized(merged(piece)) : merged(piece))
      }
      isBeginning = words.last.map(endsSentence) ?? false
    }
    return words.joined(separator: " ")
  }

  /// Without marks that stand twice: `,,` is `,` and `,.` is `.`; three dots are one mark.
  private static func merged(_ word: some StringProtocol) -> String {
    var result: [Character] = []
    for character in word {
      if character.isMark, let last = result.last, last.isMark {
        let dots = result.reversed().prefix { $0 == "." }.count
        if character == last, character != "." || dots >= 3 { continue }
        if ".!?".contains(character), ",;:".contains(last) { result.removeLast() }
        if character == ".", "!?".contains(last) { continue }
      }
      result.append(character)
    }
    let text = String(result)
    let isDoubled = text.hasSuffix("..") && !text.hasSuffix("...")
    return isDoubled ? String(text.dropLast()) : text
  }

  private static func endsSentence(_ word: String) -> Bool {
    let bare = word.reversed().drop { "\"'”’)»".contains($0) }.reversed()
    guard let last = bare.last, !bare.suffix(2).allSatisfy({ $0 == "." }) || bare.count < 2 else { return false }
    if "!?".contains(last) { return true }
    let name = bare.dropLast()
    return last == "." && name.count > 1 && !name.contains(".")
      && !abbreviations.contains(String(name).lowercased().filter(\.isLetter))
  }

  /// With a capital first letter, unless the word has one inside: `iPhone`.
  private static func capitalized(_ word: String) -> String {
    guard let first = word.firstIndex(where: \.isLetter), word[..<first].allSatisfy({ "\"'“‘(«".contains($0) }),
      !word.contains(where: \.isUppercase)
    else { return word }
    return word[..<first] + word[first].uppercased() + word[word.index(after: first)...]
  }
}

extension Character {
  /// A mark of a sentence or a clause.
  var isMark: Bool { ".,!?;:…。，！？、；：".contains(self) }
}
