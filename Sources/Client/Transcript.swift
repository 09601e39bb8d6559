/// Which texts of a stream are news: a partial replaces the last one of its segment, a final text ends it.
struct Transcript: Equatable {
  /// The text that may still change; empty when there is none.
  private(set) var partial = ""
  private var finished = 0
  private var lastText = ""

  init() {}

  /// What to do with a text.
  enum News: Equatable {
    /// A line that stays as it is.
    case final(String)
    /// The line at the bottom has changed: show `partial`.
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
    // At a stream's end the last chunk's text comes once more, as final as it was.
    guard reply.segment > finished || reply.text != lastText else { return .nothing }
    finished = max(finished, reply.segment)
    lastText = reply.text
    let hadPartial = !partial.isEmpty
    partial = ""
    guard reply.text.isEmpty else { return .final(reply.text) }
    return hadPartial ? .partial : .nothing
  }
}
