internal import Recognition
internal import Scoring

/// What a client received about its stream; times in seconds since the stream's first sample.
struct StreamRecord {
  struct Told: Equatable {
    var segment: Segment
    var at: Double
    /// Delay after its end.
    var lateness: Double { at - segment.end }
  }

  var name: String
  var seconds: Double
  private(set) var finals: [Told] = []
  private(set) var shown: [Int: ShownWords] = [:]
  /// The segments of the receipt; nil without one.
  var receipt: [Segment]?
  var skippedPartials = 0
  /// Changes of what was shown of unfinished utterances.
  private(set) var changes = 0
  /// The reason of a failure.
  var problem: String?

  init(_ plan: StreamPlan) {
    name = plan.name
    seconds = plan.sound.seconds
  }

  init(name: String, seconds: Double, finals: [Told], changes: Int, skippedPartials: Int) {
    self.name = name
    self.seconds = seconds
    self.finals = finals
    self.changes = changes
    self.skippedPartials = skippedPartials
  }

  /// The client got an update.
  mutating func add(_ update: TranscriptUpdate, at seconds: Double) {
    if update.isFinal {
      if !update.segment.text.isEmpty { finals.append(Told(segment: update.segment, at: seconds)) }
    } else {
      var words = shown[update.segment.number] ?? ShownWords()
      let before = words.count
      words.show(update.segment.text, at: seconds)
      changes += words.count - before
      shown[update.segment.number] = words
    }
  }

  var segments: [Segment] { finals.map(\.segment) }
  var text: String { segments.map(\.text).joined(separator: " ") }
  /// Utterances with words shown that were withdrawn.
  var erased: Int {
    let known = Set(segments.map(\.number))
    return shown.keys.count { !known.contains($0) }
  }
}
