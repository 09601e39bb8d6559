internal import Recognition

/// The words of a segment with their times: the model's, or estimated where it tells none.
struct TimedWords: Equatable {
  private(set) var words: [Word]
  private(set) var isEstimated: Bool

  init(_ segment: Segment) {
    isEstimated = segment.words.isEmpty
    words = isEstimated ? Self.estimate(segment) : segment.words
  }

  /// Shares the segment's time out by letters: each word gets one more, for what is between words.
  private static func estimate(_ segment: Segment) -> [Word] {
    let texts = split(segment.text)
    let weights = texts.map { $0.count(where: \.isSpoken) + 1 }
    let perLetter = (segment.end - segment.start) / Double(max(1, weights.reduce(0, +)))
    var letters = 0
    return zip(texts, weights).map { text, weight in
      defer { letters += weight }
      return Word(
        text: text, start: milliseconds(segment.start + perLetter * Double(letters)),
        end: min(segment.end, milliseconds(segment.start + perLetter * Double(letters + weight))))
    }
  }

  /// The pieces between blanks; one without a letter or digit, as a dash, belongs to the word before it.
  private static func split(_ text: String) -> [String] {
    text.split(whereSeparator: \.isWhitespace).reduce(into: []) { words, piece in
      if piece.contains(where: \.isSpoken) {
        words.append(String(piece))
      } else if let last = words.indices.last {
        words[last] += " \(piece)"
      }
    }
  }

  private static func milliseconds(_ seconds: Double) -> Double { (seconds * 1000).rounded() / 1000 }
}
