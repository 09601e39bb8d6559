/// What a client was shown of one utterance before it was final: each change of its text, and when.
public struct ShownWords: Equatable, Sendable {
  private struct Look: Equatable {
    var at: Double
    var text: String
  }

  private var looks: [Look] = []

  public init() {}

  /// Number of changes of the text.
  public var count: Int { looks.count }

  /// The current text; the same text again is not a change.
  public mutating func show(_ text: String, at seconds: Double) {
    if looks.last?.text != text { looks.append(Look(at: seconds, text: text)) }
  }

  /// When the first text was shown.
  public var first: Double? { looks.first?.at }

  /// The texts, one after another.
  public var texts: [String] { looks.map(\.text) }

  /// Seconds between one change and the next.
  public var pauses: [Double] { zip(looks, looks.dropFirst()).map { $1.at - $0.at } }

  /// Words that were shown otherwise later, though two texts in a row had agreed on them: should be none.
  ///
  /// The last word of a text may be incomplete, so it never counts as agreed.
  public var flickers: Int { agreement().changed }

  /// Agreed words that the final text has otherwise: the look at the whole utterance may know better.
  public func corrections(by final: String) -> Int { Self.differences(agreement().words, Self.written(final)) }

  /// For each of these words: when some word first stood in its place, and since when it did itself; nil: never.
  public func debuts(of final: [String]) -> [(some: Double?, itself: Double?)] {
    let shown = looks.map { ScoredWords.words(in: $0.text) }
    return final.indices.map { index in
      let lastWithout = shown.lastIndex { $0.count <= index || $0[index] != final[index] }
      let since = lastWithout.map { $0 + 1 } ?? 0
      let some = shown.firstIndex { $0.count > index }
      return (some.map { looks[$0].at }, since < looks.count ? looks[since].at : nil)
    }
  }

  /// The words agreed on in the end, and how often one of those was changed.
  private func agreement() -> (words: [String], changed: Int) {
    var agreed: [String] = []
    var changed = 0
    var before: [String]?
    for words in looks.lazy.map({ Self.written($0.text) }) {
      changed += Self.differences(agreed, words)
      let common = zip((before ?? []).dropLast(), words.dropLast()).prefix { $0 == $1 }.count
      agreed = Array(words.prefix(max(common, agreed.count)))
      before = words
    }
    return (agreed, changed)
  }

  /// How many of the agreed words differ in a text.
  private static func differences(_ agreed: [String], _ words: [String]) -> Int {
    agreed.indices.count { $0 >= words.count || words[$0] != agreed[$0] }
  }

  /// Separated by spaces, without case and punctuation.
  private static func written(_ text: String) -> [String] {
    text.split(whereSeparator: \.isWhitespace).map { $0.lowercased().filter { $0.isLetter || $0.isNumber } }
  }
}
