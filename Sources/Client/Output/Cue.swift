/// One subtitle: at most two lines and the time they are shown.
struct Cue: Equatable {
  /// The usual limits of broadcasters: what can be read at a glance.
  static let columns = 42
  static let lines = 2

  /// Milliseconds in the recording. The end is after the start.
  var start: Int
  var end: Int
  var lines: [String]
}

extension Cue {
  /// A caption as cues that begin at `earliest`, the end of the previous cue, or later. A caption that is too long for
  /// one cue is split between words, and its time is divided by characters.
  static func cues(for caption: Caption, notBefore earliest: Int) -> [Cue] {
    let texts = CueText.split(caption.text, columns: columns, lines: lines)
    let first = (caption.start ?? 0) * 1000
    let last = max(first, (caption.end ?? caption.start ?? 0) * 1000)
    let counts = texts.map { lines in lines.reduce(0) { $0 + $1.count } }
    let total = Double(max(1, counts.reduce(0, +)))
    var cues: [Cue] = []
    var used = 0
    var begin = max(earliest, Int(first.rounded()))
    for (lines, count) in zip(texts, counts) {
      used += count
      let end = max(begin + 1, Int((first + (last - first) * Double(used) / total).rounded()))
      cues.append(Cue(start: begin, end: end, lines: lines))
      begin = end
    }
    return cues
  }
}
