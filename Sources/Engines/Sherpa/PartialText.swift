/// The text of an utterance that is still being spoken. Words on which two decodings agree no longer change.
struct PartialText: Equatable {
  /// The words that were agreed on.
  private(set) var stable: [SpokenWord] = []
  /// The stable words and those after them.
  private var latest: [SpokenWord] = []

  /// The text to show.
  private(set) var text = ""

  /// Takes a decoding of the utterance so far.
  mutating func look(_ heard: String) {
    let words = SpokenWord.words(in: heard)
    // A decoding without words says nothing: the text stays.
    guard words.contains(where: { !$0.plain.isEmpty }) else { return }
    let rest = words.dropFirst(Self.counterpart(of: stable, in: words))
    let before = latest.dropFirst(stable.count)

    // The last word of a decoding may be half a word.
    let agreed = zip(rest.dropLast(), before.dropLast()).prefix { $0 == $1 }.count
    stable += rest.prefix(agreed)
    latest = stable + rest.dropFirst(agreed)
    text = latest.map { String($0.written) }.joined(separator: " ")
  }

  /// How many of the first words correspond to `stable`: as many as make the fewest differences.
  private static func counterpart(of stable: [SpokenWord], in words: [SpokenWord]) -> Int {
    // `differences[n]`: between the stable words taken so far and the first n of `words`.
    var differences = Array(0...words.count)
    for (taken, word) in stable.enumerated() {
      var diagonal = differences[0]
      differences[0] = taken + 1
      for index in words.indices {
        let replaced = diagonal + (words[index] == word ? 0 : 1)
        diagonal = differences[index + 1]
        differences[index + 1] = min(replaced, differences[index] + 1, diagonal + 1)
      }
    }
    let least = differences.min() ?? 0
    let candidates = differences.indices.filter { differences[$0] == least }
    // Among equals, the nearest in length.
    return candidates.min { abs($0 - stable.count) < abs($1 - stable.count) } ?? 0
  }
}
