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
    let pieces = WrittenPiece.pieces(of: segment.text)
    let total = pieces.reduce(0) { $0 + ($1.spoken > 0 ? $1.spoken + 1 : 0) }
    let perLetter = (segment.end - segment.start) / Double(max(1, total))
    var letters = 0
    var words: [Word] = []
    words.reserveCapacity(pieces.count)
    for piece in pieces {
      // One without a letter or digit, as a dash, belongs to the word before it.
      guard piece.spoken > 0 else {
        if let last = words.indices.last { words[last].text += " \(piece.text)" }
        continue
      }
      let start = milliseconds(segment.start + perLetter * Double(letters))
      letters += piece.spoken + 1
      let end = min(segment.end, milliseconds(segment.start + perLetter * Double(letters)))
      words.append(Word(text: String(piece.text), start: start, end: end))
    }
    return words
  }

  private static func milliseconds(_ seconds: Double) -> Double { (seconds * 1000).rounded() / 1000 }
}
