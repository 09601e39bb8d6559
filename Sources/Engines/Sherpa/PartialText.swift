/// The text of an utterance that is still being spoken. Words on which two decodings agree no longer change, nor do
/// their case and marks.
///
/// The mark behind the newest word waits for the next word: a model ends whatever it hears with a full stop. Where the
/// audio ends amid a sound, the newest word may be half of one: it waits until the next decoding.
struct PartialText: Equatable {
  /// The words that were agreed on.
  private(set) var stable: [SpokenWord] = []
  /// The stable words and those after them.
  private var latest: [SpokenWord] = []

  /// The text to show.
  private(set) var text = ""
  /// Whether the text lacks the newest word.
  private(set) var isHeldBack = false

  /// Takes a decoding of the utterance so far.
  /// - Parameter isCutOff: whether the audio ends amid a sound.
  mutating func look(_ heard: String, isCutOff: Bool = false) {
    // A decoding without words says nothing: the text stays.
    let words = SpokenWord.words(in: heard).filter { !$0.plain.isEmpty }
    guard !words.isEmpty else { return }
    let before = latest.dropFirst(stable.count)
    let rest = Self.keeping(before, in: words.dropFirst(Self.counterpart(of: stable, in: words)))

    isHeldBack = isCutOff && isNew(rest, before)
    let known = stable.count

    // The last word of a decoding may be half a word: in the last one it was whole if another follows it now.
    let agreed = zip(rest.dropLast(), before).prefix { $0 == $1 }.count
    stable += before.dropLast().prefix(agreed)
    // Its mark was not shown, and is not now if the next word is held back.
    if agreed > 0, agreed == before.count, !isHeldBack || agreed + 1 < rest.count { stable.append(rest[agreed - 1]) }
    let open = rest.dropFirst(stable.count - known)
    latest = stable + open
    let shown = isHeldBack ? open.dropLast() : open
    text = (stable.map(\.written) + shown.dropLast().map(\.written) + (shown.last.map { [$0.bare] } ?? []))
      .joined(separator: " ")
  }

  /// Whether the last of these words was not there before. The first of an utterance is shown at once, and so is one
  /// behind a mark: that would be the end of the text.
  private func isNew(_ words: [SpokenWord], _ before: ArraySlice<SpokenWord>) -> Bool {
    let hasOneBefore = words.count > 1 || stable.last.map { $0.bare == $0.written } ?? false
    return !words.isEmpty && hasOneBefore && before.dropFirst(words.count - 1).first != words.last
  }

  /// The words, written as they were before: only marks are new.
  private static func keeping(_ before: ArraySlice<SpokenWord>, in words: ArraySlice<SpokenWord>) -> [SpokenWord] {
    let kept = zip(words, before).map { word, earlier in
      guard word == earlier else { return word }
      return SpokenWord(written: earlier.bare + word.written.dropFirst(word.bare.count), plain: word.plain)
    }
    return kept + words.dropFirst(kept.count)
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
