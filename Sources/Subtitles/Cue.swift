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
  /// A text as cues that begin at `earliest`, the end of the previous cue, or later. One that is too long for a cue is
  /// split between words, and its time, in seconds, is divided by characters.
  static func cues(_ text: String, from start: Double, to end: Double, notBefore earliest: Int) -> [Cue] {
    let texts = CueText.split(text, columns: columns, lines: lines)
    let first = start * 1000
    let last = max(first, end * 1000)
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
