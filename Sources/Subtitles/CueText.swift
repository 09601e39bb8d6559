internal import Platform

/// Splits text into pieces of a few lines each, between words if it has words.
enum CueText {
  /// Never split: a word, or the part of a long word that fits into a line.
  private struct Word {
    var text: Substring
    var width: Int
    /// There is a space before it, unless it begins a line.
    var isSpaced: Bool

    /// How good it is to split after it: 2 at the end of a sentence, 1 of a clause, 0 elsewhere.
    var rank: Int {
      switch text.last(where: { !"\"”»)".contains($0) }) {
      case ".", "!", "?", "…", "。", "！", "？", "؟", "۔", "।": 2
      case ",", ";", ":", "—", "、", "，", "；", "،": 1
      default: 0
      }
    }
  }

  /// Pieces of at most `lines` lines of at most `columns` columns, none of them empty.
  static func split(_ text: String, columns: Int, lines: Int) -> [[String]] {
    var rest = words(of: text, columns: columns)[...]
    var pieces: [[String]] = []
    while !rest.isEmpty {
      let count = cut(rest, columns: columns, lines: lines)
      pieces.append(balanced(rest.prefix(count), columns: columns, lines: lines))
      rest = rest.dropFirst(count)
    }
    return pieces
  }

  private static func words(of text: String, columns: Int) -> [Word] {
    var words: [Word] = []
    for run in TextCells.plain(text).split(separator: " ") {
      var rest = run
      var isSpaced = true
      while !rest.isEmpty {
        var width = 0
        // A character that is wider than a line is its own line.
        let piece = rest.prefix { character in
          width += TextCells.width(of: character)
          return width <= columns
        }
        let taken = piece.isEmpty ? rest.prefix(1) : piece
        words.append(Word(text: taken, width: TextCells.width(of: taken), isSpaced: isSpaced))
        rest = rest[taken.endIndex...]
        isSpaced = false
      }
    }
    return words
  }

  /// The number of words in the next piece. All pieces get about the same length, so that each can be read in its time;
  /// a little more or less if the piece then ends with a sentence.
  private static func cut(_ words: ArraySlice<Word>, columns: Int, lines: Int) -> Int {
    let fitting = fill(words, columns: columns, lines: lines)
    guard fitting < words.count else { return fitting }
    let total = words.reduce(0) { $0 + $1.width + 1 }
    let target = Double(total) / Double(pieces(words, columns: columns, lines: lines))
    return best(words.prefix(fitting), target: target) ?? fitting
  }

  /// After how many of the words to split, near `target` columns: a little sooner or later if a sentence or a clause
  /// ends there, and not after its first word.
  /// - Parameter fits: whether that many words can be split off.
  private static func best(
    _ words: ArraySlice<Word>, target: Double, where fits: (Int) -> Bool = { _ in true }
  ) -> Int? {
    var best: (cost: Double, count: Int)?
    var width = 0
    var rankBefore = 0
    for (index, word) in words.enumerated() {
      width += word.width + 1
      let cost = abs(Double(width) - target) / target - 0.25 * Double(word.rank) + 0.25 * Double(rankBefore)
      if fits(index + 1), cost <= best?.cost ?? .infinity { best = (cost, index + 1) }
      rankBefore = word.rank
    }
    return best?.count
  }

  /// The smallest number of pieces for the words.
  private static func pieces(_ words: ArraySlice<Word>, columns: Int, lines: Int) -> Int {
    var rest = words
    var count = 0
    while !rest.isEmpty {
      rest = rest.dropFirst(fill(rest, columns: columns, lines: lines))
      count += 1
    }
    return count
  }

  /// The number of words that fit into `lines` lines.
  private static func fill(_ words: ArraySlice<Word>, columns: Int, lines: Int) -> Int {
    var line = 1
    var used = 0
    for (index, word) in words.enumerated() {
      let width = word.width + (word.isSpaced && used > 0 ? 1 : 0)
      if used > 0, used + width > columns {
        guard line < lines else { return index }
        line += 1
        used = word.width
      } else {
        used += width
      }
    }
    return words.count
  }

  /// The words in as few lines as possible, of about the same length, broken where pieces are split, too.
  private static func balanced(_ words: ArraySlice<Word>, columns: Int, lines: Int) -> [String] {
    var rest = words
    var texts: [String] = []
    var left = (1...lines).first { fill(words, columns: columns, lines: $0) == words.count } ?? lines
    while left > 1 {
      let target = Double(rest.reduce(0) { $0 + $1.width + 1 }) / Double(left)
      let longest = fill(rest, columns: columns, lines: 1)
      let count = best(rest.prefix(longest), target: target) { count in
        fill(rest.dropFirst(count), columns: columns, lines: left - 1) == rest.count - count
      }
      texts.append(joined(rest.prefix(count ?? longest)))
      rest = rest.dropFirst(count ?? longest)
      left -= 1
    }
    if !rest.isEmpty { texts.append(joined(rest)) }
    return texts
  }

  private static func joined(_ words: ArraySlice<Word>) -> String {
    words.enumerated().reduce(into: "") { text, word in
      if word.offset > 0, word.element.isSpaced { text += " " }
      text += word.element.text
    }
  }
}
