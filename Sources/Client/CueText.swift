/// Text cut into pieces of a few lines each, at words where it has words.
enum CueText {
  /// What is never broken: a word, or as much of one as fits into a line.
  private struct Word {
    var text: Substring
    var width: Int
    /// A space stands before it, when something does.
    var isSpaced: Bool

    /// How good a place for a cut is behind it: after a sentence, after a part of one, anywhere.
    var rank: Int {
      switch text.last(where: { !"\"”»)".contains($0) }) {
      case ".", "!", "?", "…", "。", "！", "？", "؟", "۔", "।": 2
      case ",", ";", ":", "—", "、", "，", "；", "،": 1
      default: 0
      }
    }
  }

  /// Pieces of at most so many lines of at most so many columns, none of them empty.
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
        // A character wider than a line is a line of its own.
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

  /// How many of the words make the next piece: as many as make all pieces about equally long, so that none is gone before
  /// it is read; somewhat more or fewer where that ends it with a sentence.
  private static func cut(_ words: ArraySlice<Word>, columns: Int, lines: Int) -> Int {
    let fitting = fill(words, columns: columns, lines: lines)
    guard fitting < words.count else { return fitting }
    let total = words.reduce(0) { $0 + $1.width + 1 }
    let target = Double(total) / Double(pieces(words, columns: columns, lines: lines))
    var best = (cost: Double.infinity, count: fitting)
    var width = 0
    for (index, word) in words.prefix(fitting).enumerated() {
      width += word.width + 1
      let cost = abs(Double(width) - target) / target - 0.25 * Double(word.rank)
      if cost <= best.cost { best = (cost, index + 1) }
    }
    return best.count
  }

  /// How many pieces the words need at least.
  private static func pieces(_ words: ArraySlice<Word>, columns: Int, lines: Int) -> Int {
    var rest = words
    var count = 0
    while !rest.isEmpty {
      rest = rest.dropFirst(fill(rest, columns: columns, lines: lines))
      count += 1
    }
    return count
  }

  /// How many words fit into so many lines.
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

  /// The words in as few lines as they need, as equally long as they can be.
  private static func balanced(_ words: ArraySlice<Word>, columns: Int, lines: Int) -> [String] {
    let needed = (1...lines).first { fill(words, columns: columns, lines: $0) == words.count } ?? lines
    var narrowest = columns
    while narrowest > 1, fill(words, columns: narrowest - 1, lines: needed) == words.count,
      words.allSatisfy({ $0.width < narrowest })
    {
      narrowest -= 1
    }
    var rest = words
    var texts: [String] = []
    while !rest.isEmpty {
      let count = max(1, fill(rest, columns: narrowest, lines: 1))
      texts.append(joined(rest.prefix(count)))
      rest = rest.dropFirst(count)
    }
    return texts
  }

  private static func joined(_ words: ArraySlice<Word>) -> String {
    words.enumerated().reduce(into: "") { text, word in
      if word.offset > 0, word.element.isSpaced { text += " " }
      text += word.element.text
    }
  }
}
