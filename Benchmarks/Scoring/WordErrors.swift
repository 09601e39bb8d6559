/// How far a text is from what was said: the fewest words to replace, add or remove.
public struct WordErrors: Equatable, Sendable {
  /// Another word was recognized.
  public var replaced = 0
  /// Said but not recognized.
  public var missing = 0
  /// Recognized but not said.
  public var added = 0
  /// Words that were said.
  public var words = 0

  public var errors: Int { replaced + missing + added }

  public init() {}

  /// Compares after normalizing both.
  public init(_ text: String, said: String) {
    self.init(WordAlignment(heard: ScoredWords.words(in: text), said: ScoredWords.words(in: said)))
  }

  public init(_ alignment: WordAlignment) {
    for pair in alignment.pairs {
      switch (pair.heard, pair.said) {
      case (nil, _): missing += 1
      case (_, nil): added += 1
      case (_?, _?): replaced += pair.isSame ? 0 : 1
      }
      if pair.said != nil { words += 1 }
    }
  }

  public var rate: Double { words == 0 ? 0 : Double(errors) / Double(words) }

  public static func + (one: WordErrors, other: WordErrors) -> WordErrors {
    var sum = one
    sum.replaced += other.replaced
    sum.missing += other.missing
    sum.added += other.added
    sum.words += other.words
    return sum
  }
}
