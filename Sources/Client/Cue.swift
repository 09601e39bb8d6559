/// One subtitle: at most two lines, shown for some time.
struct Cue: Equatable {
  /// What reads well at a glance, and what broadcasters have agreed on.
  static let columns = 42
  static let lines = 2

  /// Milliseconds of the recording; the end is later.
  var start: Int
  var end: Int
  var lines: [String]
}

extension Cue {
  /// A caption as cues that begin where the last of those before it ended, `earliest`, or later: a caption that is longer
  /// than fits is cut at words, and its time divided by characters.
  static func cues(for caption: Caption, notBefore earliest: Int) -> [Cue] {
    let texts = CueText.split(caption.text, columns: columns, lines: lines)
    let first = (caption.start ?? 0) * 1000
    let last = max(first, (caption.end ?? caption.start ?? 0) * 1000)
    let counts = texts.map { lines in lines.reduce(0) { $0 + $1.count } }
    let total = Double(max(1, counts.reduce(0, +)))
    var cues: [Cue] = []
    var told = 0
    var begin = max(earliest, Int(first.rounded()))
    for (lines, count) in zip(texts, counts) {
      told += count
      let end = max(begin + 1, Int((first + (last - first) * Double(told) / total).rounded()))
      cues.append(Cue(start: begin, end: end, lines: lines))
      begin = end
    }
    return cues
  }
}
