/// The text of an utterance that is still being said: words on which two looks agree stay as they are.
struct PartialText: Equatable {
  /// What has been agreed on.
  private(set) var stable: [SpokenWord] = []
  /// What is shown: the stable words and those after them.
  private var latest: [SpokenWord] = []

  /// What to show.
  private(set) var text = ""

  /// Takes what the model makes of the utterance so far.
  mutating func look(_ heard: String) {
    let words = SpokenWord.words(in: heard)
    // A look that came to nothing says nothing: what was shown stays.
    guard words.contains(where: { !$0.plain.isEmpty }) else { return }
    let rest = words.dropFirst(Self.counterpart(of: stable, in: words))
    let before = latest.dropFirst(stable.count)

    // The last word of a look may be half a word.
    let agreed = zip(rest.dropLast(), before.dropLast()).prefix { $0 == $1 }.count
    stable += rest.prefix(agreed)
    latest = stable + rest.dropFirst(agreed)
    text = latest.map { String($0.written) }.joined(separator: " ")
  }

  /// How many of the first of `words` say what `stable` says: as many as make the fewest differences.
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
    // Of equals the one nearest in length.
    return candidates.min { abs($0 - stable.count) < abs($1 - stable.count) } ?? 0
  }
}
