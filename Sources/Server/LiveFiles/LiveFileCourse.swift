/// Decides about a file that is decoded while it comes: when what its client asks for is done, and how it ends.
///
/// A decoder does not tell how far it has read. It has decoded everything when its pipe is empty and it has written
/// nothing for a moment.
struct LiveFileCourse: Equatable {
  /// What has to wait for the audio before it.
  enum Request: Equatable {
    case flush, stop
    /// The client sends nothing more.
    case inputEnded(code: Int?)
    /// It has sent texts whose sessions are not known yet: the channels.
    case texts

    /// Whether no audio follows.
    fileprivate var isEnd: Bool {
      switch self {
      case .flush, .texts: false
      case .stop, .inputEnded: true
      }
    }
  }

  /// A request, and the number of the session that is asked.
  struct Held: Equatable {
    var request: Request
    var session: UInt64
  }

  enum Action: Equatable {
    /// The decoder gets nothing more, and ends with what it has.
    case endInput
    case carryOut(Held)
    /// For this reason, when all audio was delivered.
    case fail(String)
  }

  /// Looks at an idle decoder after which it has nothing more.
  static let quietLooks = 3

  private(set) var held: [Held] = []
  private var looks = 0
  private var hasAudio = false
  private var isInputOver = false
  /// Why it is given up.
  private var problem: String?

  /// Whether it has to be looked at: something waits for the decoder.
  var isWaiting: Bool { !held.isEmpty && !isInputOver }

  mutating func hold(_ request: Request, of session: UInt64) {
    held.append(Held(request: request, session: session))
    looks = 0
  }

  /// The decoder has written something, and some audio by now or only a header.
  mutating func wrote(hasAudio: Bool) {
    self.hasAudio = hasAudio
    looks = 0
  }

  /// - Parameter isIdle: the decoder has read everything, and what it writes is read.
  mutating func looked(isIdle: Bool) -> [Action] {
    guard isWaiting else { return [] }
    looks = isIdle ? looks + 1 : 0
    guard looks >= Self.quietLooks else { return [] }
    let end = held.firstIndex { $0.request.isEnd }
    let due = Array(held[..<(end ?? held.count)])
    held.removeFirst(due.count)
    guard end != nil else { return due.map(Action.carryOut) }
    isInputOver = true
    return due.map(Action.carryOut) + [.endInput]
  }

  /// The decoder says what is wrong. Before the first audio it may still find some, and at its end a file may be cut
  /// short.
  mutating func complained(_ words: String) -> [Action] {
    guard hasAudio, !isInputOver else { return [] }
    problem = words
    isInputOver = true
    return [.endInput]
  }

  /// All audio was delivered. A file may say how long it is: then a decoder does not wait for its end.
  mutating func ended(_ end: DecodeEnd) -> [Action] {
    let isWhole = end.isClean && (end.complaint == nil || isInputOver && hasAudio)
    isInputOver = true
    guard problem == nil, isWhole else { return [.fail(problem ?? end.problem ?? "the decoder ended on it")] }
    defer { held = [] }
    return held.map(Action.carryOut)
  }
}
