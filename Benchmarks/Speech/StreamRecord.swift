internal import Recognition
internal import Scoring

/// What a client was told of its stream; times in seconds since the stream's first sample was said.
struct StreamRecord {
  struct Told: Equatable {
    var segment: Segment
    var at: Double
    /// How long after its end it was there.
    var lateness: Double { at - segment.end }
  }

  var name: String
  var seconds: Double
  private(set) var finals: [Told] = []
  private(set) var shown: [Int: ShownWords] = [:]
  /// What the receipt says of the segments; nil without one.
  var receipt: [Segment]?
  var shed = 0
  /// Changes of what was shown of unfinished utterances.
  private(set) var changes = 0
  /// Why it did not end well.
  var problem: String?

  init(_ plan: StreamPlan) {
    name = plan.name
    seconds = plan.sound.seconds
  }

  init(name: String, seconds: Double, finals: [Told], changes: Int, shed: Int) {
    self.name = name
    self.seconds = seconds
    self.finals = finals
    self.changes = changes
    self.shed = shed
  }

  mutating func tell(_ hypothesis: Hypothesis, at seconds: Double) {
    finals += hypothesis.finished.map { Told(segment: $0, at: seconds) }
    if !hypothesis.final, !hypothesis.text.isEmpty {
      var words = shown[hypothesis.segment] ?? ShownWords()
      let before = words.count
      words.show(hypothesis.text, at: seconds)
      changes += words.count - before
      shown[hypothesis.segment] = words
    }
    shed = max(shed, hypothesis.shed)
  }

  var segments: [Segment] { finals.map(\.segment) }
  var text: String { segments.map(\.text).joined(separator: " ") }
  /// Utterances of which words were shown and none came to be final.
  var erased: Int {
    let known = Set(segments.map(\.segment))
    return shown.keys.count { !known.contains($0) }
  }
}
