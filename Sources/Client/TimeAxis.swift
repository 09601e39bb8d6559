/// Where a moment of a session lies in the whole recording: behind what earlier sessions had answered, and what was thrown
/// away because nobody took it.
struct TimeAxis: Equatable {
  private struct Mark: Equatable {
    /// From this second of the session on…
    var from: Double
    /// …so much is added.
    var shift: Double
  }

  /// Ascending; the first holds from the session's beginning.
  private var marks = [Mark(from: 0, shift: 0)]

  /// Where the session begins.
  var start: Double { marks[0].shift }

  /// A chunk goes out `from` seconds into its session; `shift` seconds of sound came before the session or were thrown away.
  mutating func sends(from: Double, shift: Double) {
    // What follows is to be sent again, or belonged to another session.
    while let last = marks.last, last.from >= from { marks.removeLast() }
    if marks.last?.shift != shift { marks.append(Mark(from: max(0, from), shift: shift)) }
  }

  func place(of seconds: Double) -> Double {
    // Nearly always the last: texts are of what has just been sent.
    let mark = marks.last { $0.from <= seconds } ?? marks[0]
    return seconds + mark.shift
  }

  func place(_ caption: Caption) -> Caption {
    var placed = caption
    placed.start = caption.start.map { place(of: $0) }
    placed.end = caption.end.map { place(of: $0) }
    return placed
  }
}
