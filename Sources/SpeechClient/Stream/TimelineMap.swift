import Contract

/// Maps times of a session to times of the recording. The difference is the audio that earlier sessions had answered,
/// plus the audio that was dropped because no server was available.
struct TimelineMap: Equatable {
  private struct Mark: Equatable {
    /// From this second of the session on …
    var from: Double
    /// … this many seconds are added.
    var shift: Double
  }

  /// Ascending. The first one holds from the beginning of the session.
  private var marks: [Mark]

  /// - Parameter start: second of the recording at which the session begins.
  init(start: Double = 0) { marks = [Mark(from: 0, shift: start)] }

  /// Second of the recording at which the session begins.
  var start: Double { marks[0].shift }

  /// A chunk is sent `from` seconds into its session. `shift` seconds of audio came before the session or were dropped.
  mutating func sends(from: Double, shift: Double) {
    // Marks after this point belong to audio that is now sent again.
    while let last = marks.last, last.from >= from { marks.removeLast() }
    if marks.last?.shift != shift { marks.append(Mark(from: max(0, from), shift: shift)) }
  }

  func place(of seconds: Double) -> Double {
    // Nearly always the last mark: texts are about audio that was just sent.
    let mark = marks.last { $0.from <= seconds } ?? marks[0]
    return seconds + mark.shift
  }

  /// The end of a text, which belongs to the audio before it: a gap that starts there does not lengthen the text.
  private func place(ofEnd seconds: Double) -> Double {
    let mark = marks.last { $0.from < seconds } ?? marks[0]
    return seconds + mark.shift
  }

  func place(_ caption: Caption) -> Caption {
    var placed = caption
    placed.start = caption.start.map { place(of: $0) }
    placed.end = caption.end.map { place(ofEnd: $0) }
    placed.words = caption.words.map {
      WordMessage(word: $0.word, start: place(of: $0.start), end: place(ofEnd: $0.end))
    }
    return placed
  }
}
