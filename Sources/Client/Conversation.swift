/// What one stream and its server are to each other, from the first attempt to the end.
///
/// States: *idle*, *connecting*, *waiting* before the next attempt, *resuming* (connected again, the server has been asked for
/// the session), *open* (audio goes out), *stopping* (`stop` has been sent, the receipt is awaited), *over*. From open a broken
/// connection leads back to waiting, and then, where the server has kept the session, over resuming to open; from anywhere a
/// second interrupt leads to over.
struct Conversation: Equatable {
  /// What the user and the kind of stream allow.
  struct Policy: Equatable {
    /// A server that is not there is waited for.
    var retries: Bool
    /// A stream that breaks goes on: in its session, or in a new one where the server has not kept it.
    var resumes: Bool
    /// Sound that comes whether or not it is taken.
    var isLive = false
    /// How long a server is looked for; nil: for ever.
    var retryFor: Duration?
  }

  enum Ending: Equatable {
    /// The server has sent its receipt.
    case complete
    /// No connection came about: why.
    case unreachable(String)
    /// The connection ended before the receipt came.
    case broken(String)
    /// None came about any more for so long: why.
    case gaveUp(String, after: Duration)
    /// The server went silent.
    case silent(Duration)
    /// The user would not wait.
    case abandoned
  }

  private enum State: Equatable { case idle, connecting, waiting, resuming, open, stopping, over }

  /// How long a server may say nothing of what it was sent, before it is connected to anew.
  static let patience = Duration.seconds(20)
  /// How long where that would seldom help: it may have a lot to recognise first, for others too.
  static let longPatience = Duration.seconds(120)
  /// How long after an interrupt a server that is gone is still looked for: who asks for an end by signal, such as Docker,
  /// waits ten seconds before it kills.
  static let interruptPatience = Duration.seconds(8)

  let policy: Policy
  private var state = State.idle
  private var reconnect = Reconnect()
  /// What the server calls the session under way, where it keeps one for us.
  private(set) var session: String?
  private var hasOpened = false
  private var heardAt = Duration.zero
  private var hasReceipt = false
  private var interrupts = 0
  private var interruptedAt = Duration.zero
  /// Since when there has been no answer for want of a server.
  private var goneAt: Duration?

  init(policy: Policy) { self.policy = policy }

  /// Audio may be sent.
  var isOpen: Bool { state == .open }
  var isResuming: Bool { state == .resuming }
  var isStopping: Bool { state == .stopping }
  var isOver: Bool { state == .over }

  /// What there is to do after an event.
  enum Step: Equatable {
    case nothing
    case connect
    case wait(Duration)
    /// Begin a session, asking for its name; sound may follow at once.
    case start
    /// Ask for the session of this name; nothing may follow before the answer.
    case resume(String)
    /// The server has the session's chunks up to `seq`: go on behind them.
    case goOn(behind: Int)
    /// The server has not kept the session, because: begin one with what it did not answer.
    case startOver(String)
    case sendStop
    /// End the input; what is there still goes out.
    case endInput
    /// The connection is lost: why; another attempt follows after the wait.
    case renew(String, wait: Duration)
    case finish(Ending)
  }

  mutating func begin(at now: Duration) -> Step {
    precondition(state == .idle, "A conversation begins once.")
    state = .connecting
    goneAt = now
    return .connect
  }

  mutating func opened(at now: Duration) -> Step {
    guard state == .connecting else { return .nothing }
    state = .open
    hasOpened = true
    heardAt = now
    reconnect.opened(at: now)
    guard policy.resumes else { return .nothing }
    guard let session else { return .start }
    state = .resuming
    return .resume(session)
  }

  /// The attempt came to nothing. `isPermanent`: the server is there and will say the same again.
  mutating func failed(
    _ reason: String, isPermanent: Bool, retryAfter: Duration?, at now: Duration, jitter: Double
  ) -> Step {
    guard state == .connecting else { return .nothing }
    guard policy.retries, !isPermanent, interrupts == 0 || isUnderWay else { return end(.unreachable(reason)) }
    if let limit = exhausted(at: now) { return end(hasOpened ? .gaveUp(reason, after: limit) : .unreachable(reason)) }
    state = .waiting
    return .wait(reconnect.failed(at: now, jitter: jitter, atLeast: retryAfter ?? .zero))
  }

  mutating func waited() -> Step {
    guard state == .waiting else { return .nothing }
    state = .connecting
    return .connect
  }

  // MARK: The session

  /// The server says what it calls the session; of one that goes on, also the last chunk of it that it has.
  mutating func started(session: String, seq: Int?, at now: Duration) -> Step {
    guard state == .resuming else {
      self.session = session
      return .nothing
    }
    guard let seq else { return refused("the server began another session", at: now) }
    state = .open
    return .goOn(behind: seq)
  }

  /// The session can't be had again.
  mutating func refused(_ reason: String, at now: Duration) -> Step {
    guard state == .resuming else { return .nothing }
    session = nil
    state = .open
    return .startOver(reason)
  }

  /// The server has another notion of the session than we: it is of no use.
  mutating func contradicted(_ reason: String, at now: Duration, jitter: Double) -> Step {
    session = nil
    return lose(reason, at: now, jitter: jitter)
  }

  // MARK: On the way

  /// All input has been sent.
  mutating func inputEnded(at now: Duration) -> Step {
    guard state == .open else { return .nothing }
    state = .stopping
    heardAt = now
    return .sendStop
  }

  mutating func heard(at now: Duration) { heardAt = now }

  /// A chunk has been answered: the server does its work.
  mutating func answered() {
    goneAt = nil
    reconnect.proven()
  }

  mutating func receiptCame() { hasReceipt = true }

  /// `code`: nil when it was cut. `hasSent`: something was sent in this session; `isExpecting`: and not all was answered.
  mutating func closed(
    _ reason: String, code: Int?, hasSent: Bool, isExpecting: Bool, at now: Duration, jitter: Double
  ) -> Step {
    guard state == .open || state == .stopping || state == .resuming else { return .nothing }
    if hasReceipt { return end(.complete) }
    if Self.isLast(code) { session = nil }
    guard policy.retries, goesOn(hasSent: hasSent, isExpecting: isExpecting, isLast: Self.isLast(code)) else {
      return end(.broken(reason))
    }
    return lose(reason, at: now, jitter: jitter)
  }

  /// The server does not keep a session that it, or we, closed like this.
  private static func isLast(_ code: Int?) -> Bool { [1000, 1003, 1007, 1008, 1009].contains(code) }

  private func goesOn(hasSent: Bool, isExpecting: Bool, isLast: Bool) -> Bool {
    guard policy.resumes else { return state == .open && interrupts == 0 && !hasSent }
    // What was refused once would be again, but a microphone's next sound may not.
    if isLast { return state == .open && interrupts == 0 && (policy.isLive || !hasSent) }
    // A server that knows no sessions may know no receipts either: then there is nothing to come back for.
    return session != nil || state != .stopping || isExpecting
  }

  private mutating func lose(_ reason: String, at now: Duration, jitter: Double) -> Step {
    if goneAt == nil { goneAt = now }
    if let limit = exhausted(at: now) { return end(.gaveUp(reason, after: limit)) }
    state = .waiting
    return .renew(reason, wait: reconnect.failed(at: now, jitter: jitter))
  }

  private func exhausted(at now: Duration) -> Duration? {
    guard let limit = policy.retryFor, let goneAt, now - goneAt >= limit else { return nil }
    return limit
  }

  /// A stream that a server has taken once, and that another connection can bring to a good end.
  private var isUnderWay: Bool { policy.resumes && policy.retries && hasOpened }

  // MARK: Time

  /// `isExpecting`: something sent has no answer yet.
  mutating func tick(isExpecting: Bool, at now: Duration, jitter: Double) -> Step {
    switch state {
    case .idle, .over: return .nothing
    case .connecting, .waiting, .resuming:
      let since = max(interruptedAt, goneAt ?? interruptedAt)
      if interrupts > 0, now - since >= Self.interruptPatience { return end(.abandoned) }
      guard state == .resuming else { return .nothing }
    case .open:
      if isExpecting { break }
      heardAt = now
      return .nothing
    case .stopping: break
    }
    let isRenewed = policy.retries && policy.resumes && (session != nil || (policy.isLive && state == .open))
    let isQuick = hasReceipt || (isRenewed && (isExpecting || state == .resuming))
    let patience = isQuick ? Self.patience : Self.longPatience
    guard now - heardAt >= patience else { return .nothing }
    if hasReceipt { return end(.complete) }
    return isRenewed ? lose(Self.silence(patience), at: now, jitter: jitter) : end(.silent(patience))
  }

  /// Ctrl-C or a request to terminate. The first ends the input, the second everything.
  mutating func interrupted(at now: Duration) -> Step {
    interrupts += 1
    if interrupts == 1 { interruptedAt = now }
    switch state {
    case .open where interrupts == 1: return .endInput
    case .stopping where interrupts == 1: return .nothing
    case .connecting where interrupts == 1 && isUnderWay: return .endInput
    case .waiting where interrupts == 1 && isUnderWay: return .endInput
    case .resuming where interrupts == 1: return .endInput
    case .over: return .nothing
    case .idle, .connecting, .waiting, .resuming, .open, .stopping: return end(.abandoned)
    }
  }

  static func silence(_ patience: Duration) -> String { "the server has said nothing for \(patience.brief)" }

  private mutating func end(_ ending: Ending) -> Step {
    state = .over
    return .finish(ending)
  }
}
