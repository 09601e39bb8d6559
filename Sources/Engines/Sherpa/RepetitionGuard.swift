/// Tells a model's endless loop from speech: Moonshine and Whisper sometimes repeat themselves on noise and cut words.
enum RepetitionGuard {
  /// Whether the text is too long for the audio, or too repetitive, to be speech.
  static func isLoop(_ text: String, tokens: Int, seconds: Double) -> Bool {
    // The fastest speakers reach six tokens a second; a loop fills the model's limit. Short utterances are mostly
    // markers.
    if Double(tokens) > 7 * max(seconds, 1) { return true }
    let words = SpokenWord.words(in: text).map(\.plain).filter { !$0.isEmpty }
    return longestRun(words) >= 5 || mostFrequentFour(words) >= 3
  }

  /// The text up to its first repetition.
  static func beforeLoop(_ text: String) -> String {
    let words = SpokenWord.words(in: text)
    let plain = words.map(\.plain)
    let kept = words.indices.first {
      longestRun(Array(plain[...$0])) >= 2 || mostFrequentFour(Array(plain[...$0])) >= 2
    }
    return words[..<(kept ?? words.endIndex)].map(\.written).joined(separator: " ")
  }

  private static func longestRun(_ words: [String]) -> Int {
    var longest = 0
    var run = 0
    var last: String?
    for word in words {
      run = word == last ? run + 1 : 1
      last = word
      longest = max(longest, run)
    }
    return longest
  }

  private static func mostFrequentFour(_ words: [String]) -> Int {
    guard words.count >= 4 else { return 0 }
    var counts: [ArraySlice<String>: Int] = [:]
    for start in 0...words.count - 4 { counts[words[start..<start + 4], default: 0] += 1 }
    return counts.values.max() ?? 0
  }
}
