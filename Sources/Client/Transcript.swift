/// Which texts of a stream are news: a partial replaces the last one of its segment, final texts end it.
struct Transcript: Equatable {
  /// The text that may still change; empty when there is none.
  private(set) var partial = ""
  /// The last segment whose text has stayed.
  private var finished = 0
  private var lastText = ""

  init() {}

  /// What to do with a text.
  enum News: Equatable {
    /// Lines that stay as they are; the one at the bottom is gone.
    case finals([Caption])
    /// The line at the bottom has changed: show `partial`, or nothing when that is empty.
    case partial
    /// Known already, or nothing was said.
    case nothing
  }

  mutating func take(_ reply: Reply.Text) -> News {
    guard reply.isFinal else {
      guard reply.segment > finished, reply.text != partial else { return .nothing }
      partial = reply.text
      return .partial
    }
    let captions = reply.segments.isEmpty ? finalOfChunk(reply).map { [$0] } ?? [] : utterances(reply.segments)
    if !captions.isEmpty || reply.segment > finished || reply.text.isEmpty {
      let hadPartial = !partial.isEmpty
      partial = ""
      finished = max(finished, reply.segment)
      if captions.isEmpty { return hadPartial ? .partial : .nothing }
      lastText = reply.text
    }
    return captions.isEmpty ? .nothing : .finals(captions)
  }

  private mutating func utterances(_ segments: [Reply.Segment]) -> [Caption] {
    var captions: [Caption] = []
    for segment in segments where segment.number > finished {
      finished = segment.number
      guard !segment.text.isEmpty else { continue }
      captions.append(Caption(text: segment.text, start: segment.start, end: segment.end, isUtterance: true))
    }
    return captions
  }

  private func finalOfChunk(_ reply: Reply.Text) -> Caption? {
    // At a stream's end the last text comes once more, as final as it was.
    guard !reply.text.isEmpty, reply.segment > finished || reply.text != lastText else { return nil }
    let end = reply.start.flatMap { start in reply.duration.map { start + $0 } }
    return Caption(text: reply.text, start: reply.start, end: end)
  }
}
