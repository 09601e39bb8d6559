/// What one stream and its server are to each other, from the first attempt to the end.
///
/// States: *idle*, *connecting*, *waiting* before the next attempt, *open* (audio goes out), *stopping* (`stop` has been
/// sent, the receipt is awaited), *over*. From open a broken connection leads back to waiting where the stream can go on as
/// a new session; from anywhere a second interrupt leads to over.
struct Conversation: Equatable {
  /// What the user and the kind of stream allow.
  struct Policy: Equatable {
    /// A server that is not there is waited for.
    var retries: Bool
    /// A stream that breaks goes on in a new session: a microphone does, a file does not.
    var resumes: Bool
  }

  enum Ending: Equatable {
    /// The server has sent its receipt.
    case complete
    /// No connection came about: why.
    case unreachable(String)
    /// The connection ended before the receipt came.
    case broken(String)
    /// The server went silent.
    case silent(Duration)
    /// The user would not wait.
    case abandoned
  }

  private enum State: Equatable { case idle, connecting, waiting, open, stopping, over }

  /// How long a server may say nothing of live sound that it was sent, before another is looked for.
  static let patience = Duration.seconds(20)
  /// How long where nothing is lost by waiting: it may have a lot to recognise first, for others too.
  static let longPatience = Duration.seconds(120)

  let policy: Policy
  private var state = State.idle
  private var reconnect = Reconnect()
  private var heardAt = Duration.zero
  private var hasReceipt = false
  private var interrupts = 0

  init(policy: Policy) { self.policy = policy }

  /// Audio may be sent.
  var isOpen: Bool { state == .open }
  var isStopping: Bool { state == .stopping }
  var isOver: Bool { state == .over }

  /// What there is to do after an event.
  enum Step: Equatable {
    case nothing
    case connect
    case wait(Duration)
    case sendStop
    /// End the input; what is there still goes out.
    case endInput
    /// What is to be said of the session, then over with it; a new one follows after the wait.
    case renew(String, wait: Duration)
    case finish(Ending)
  }

  mutating func begin() -> Step {
    precondition(state == .idle, "A conversation begins once.")
    state = .connecting
    return .connect
  }

  mutating func opened(at now: Duration) -> Step {
    guard state == .connecting else { return .nothing }
    state = .open
    heardAt = now
    reconnect.opened(at: now)
    return .nothing
  }

  /// The attempt came to nothing. `isPermanent`: the server is there and will say the same again.
  mutating func failed(
    _ reason: String, isPermanent: Bool, retryAfter: Duration?, at now: Duration, jitter: Double
  ) -> Step {
    guard state == .connecting else { return .nothing }
    guard policy.retries, !isPermanent, interrupts == 0 else { return end(.unreachable(reason)) }
    state = .waiting
    return .wait(reconnect.failed(at: now, jitter: jitter, atLeast: retryAfter ?? .zero))
  }

  mutating func waited() -> Step {
    guard state == .waiting else { return .nothing }
    state = .connecting
    return .connect
  }

  /// All input has been sent.
  mutating func inputEnded(at now: Duration) -> Step {
    guard state == .open else { return .nothing }
    state = .stopping
    heardAt = now
    return .sendStop
  }

  mutating func heard(at now: Duration) { heardAt = now }

  mutating func receiptCame() { hasReceipt = true }

  /// `hasSent`: something of this session is lost with it.
  mutating func closed(_ reason: String, hasSent: Bool, at now: Duration, jitter: Double) -> Step {
    guard state == .open || state == .stopping else { return .nothing }
    if hasReceipt { return end(.complete) }
    let goesOn = state == .open && interrupts == 0 && policy.retries && (policy.resumes || !hasSent)
    guard goesOn else { return end(.broken(reason)) }
    state = .waiting
    return .renew(reason, wait: reconnect.failed(at: now, jitter: jitter))
  }

  /// `isExpecting`: something sent has no answer yet.
  mutating func tick(isExpecting: Bool, at now: Duration, jitter: Double) -> Step {
    guard state == .stopping || (state == .open && isExpecting) else {
      heardAt = now
      return .nothing
    }
    let isLive = state == .open && policy.resumes
    let patience = isLive || hasReceipt ? Self.patience : Self.longPatience
    guard now - heardAt >= patience else { return .nothing }
    if isLive, policy.retries, interrupts == 0 {
      state = .waiting
      return .renew(Self.silence(patience), wait: reconnect.failed(at: now, jitter: jitter))
    }
    return end(hasReceipt ? .complete : .silent(patience))
  }

  /// Ctrl-C or a request to terminate. The first ends the input, the second everything.
  mutating func interrupted() -> Step {
    interrupts += 1
    switch state {
    case .open where interrupts == 1: return .endInput
    case .stopping where interrupts == 1: return .nothing
    case .over: return .nothing
    case .idle, .connecting, .waiting, .open, .stopping: return end(.abandoned)
    }
  }

  static func silence(_ patience: Duration) -> String { "the server has said nothing for \(patience.brief)" }

  private mutating func end(_ ending: Ending) -> Step {
    state = .over
    return .finish(ending)
  }
}
