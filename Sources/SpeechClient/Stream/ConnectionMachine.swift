/// The connection of a stream to its server, from the first attempt to the end.
///
/// States: *idle*, *connecting*, *waiting* before the next attempt, *resuming* (connected again, the server was asked
/// for the session), *open* (audio is sent), *stopping* (`stop` was sent, the receipt is awaited), *over*. A broken
/// connection leads from open back to waiting and, if the server has kept the session, through resuming to open. A
/// second interrupt leads to over from any state.
package struct ConnectionMachine: Equatable {
  /// Set by the user and by the kind of stream.
  package struct Policy: Equatable {
    /// Wait for a server that is unavailable.
    package var retries: Bool
    /// Continue a stream that breaks: in its session, or in a new one if the server has not kept it.
    package var resumes: Bool
    /// The audio arrives whether or not it can be sent.
    package var isLive = false
    /// How long to look for a server. Nil: forever.
    package var retryFor: Duration?

    package init(retries: Bool, resumes: Bool, isLive: Bool = false, retryFor: Duration? = nil) {
      self.retries = retries
      self.resumes = resumes
      self.isLive = isLive
      self.retryFor = retryFor
    }
  }

  package enum Ending: Equatable {
    /// The server has sent its receipt.
    case complete
    /// There was no connection: why.
    case unreachable(String)
    /// The connection ended before the receipt arrived.
    case broken(String)
    /// There was no connection for this long: why.
    case gaveUp(String, after: Duration)
    /// The server went silent.
    case silent(Duration)
    /// The user did not wait.
    case abandoned

    /// The reason in words. Nil if the stream ended as it should.
    package var report: String? {
      switch self {
      case .complete: nil
      case .unreachable(let reason): reason
      case .broken(let reason): "the connection broke: \(reason)"
      case .gaveUp(let reason, let after): "no server for \(after.brief), giving up: \(reason)"
      case .silent(let patience): ConnectionMachine.silence(patience)
      case .abandoned: "ended without waiting for the server"
      }
    }

    /// It is no use to begin another stream.
    package var isForAll: Bool {
      switch self {
      case .unreachable, .gaveUp: true
      case .complete, .broken, .silent, .abandoned: false
      }
    }
  }

  private enum State: Equatable { case idle, connecting, waiting, resuming, open, stopping, over }

  /// How long a server may leave audio unanswered before the client reconnects.
  static let patience = Duration.seconds(20)
  /// The same if reconnecting rarely helps: the server may have a lot to recognize first, for other clients too.
  static let longPatience = Duration.seconds(120)
  /// How long after an interrupt the client still tries to reach a server. Docker kills ten seconds after its signal.
  static let interruptPatience = Duration.seconds(8)

  package let policy: Policy
  private var state = State.idle
  private var reconnect = Reconnect()
  /// The server's name for the session under way, if it keeps one.
  private(set) var session: String?
  private var hasOpened = false
  private var heardAt = Duration.zero
  private var hasReceipt = false
  private var interrupts = 0
  private var interruptedAt = Duration.zero
  /// Since when there has been no answer because there is no server.
  private var goneAt: Duration?

  package init(policy: Policy) { self.policy = policy }

  /// Audio can be sent.
  package var isOpen: Bool { state == .open }
  var isResuming: Bool { state == .resuming }
  package var isStopping: Bool { state == .stopping }
  package var isOver: Bool { state == .over }

  package enum Action: Equatable {
    case nothing
    case connect
    case wait(Duration)
    /// Begin a session and ask for its name. Audio can follow at once.
    case start
    /// Ask for the session of this name. Nothing may follow before the answer.
    case resume(String)
    /// The server has the session's chunks up to this seq: continue after them.
    case proceed(after: Int)
    /// The server has not kept the session, for this reason: begin one with the unanswered audio.
    case startOver(String)
    case sendStop
    /// End the input. Audio that is there is still sent.
    case endInput
    /// The connection is lost, for this reason. Another attempt follows after the wait.
    case reconnect(String, wait: Duration)
    case finish(Ending)
  }

  package mutating func begin(at now: Duration) -> Action {
    precondition(state == .idle, "A connection machine begins once.")
    state = .connecting
    goneAt = now
    return .connect
  }

  package mutating func opened(at now: Duration) -> Action {
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

  /// The attempt failed. `isPermanent`: the server is there and will refuse again.
  package mutating func failed(
    _ reason: String, isPermanent: Bool, retryAfter: Duration?, at now: Duration, jitter: Double
  ) -> Action {
    guard state == .connecting else { return .nothing }
    guard policy.retries, !isPermanent, interrupts == 0 || isUnderWay else { return end(.unreachable(reason)) }
    if let limit = exhausted(at: now) { return end(hasOpened ? .gaveUp(reason, after: limit) : .unreachable(reason)) }
    state = .waiting
    return .wait(reconnect.failed(at: now, jitter: jitter, atLeast: retryAfter ?? .zero))
  }

  package mutating func waited() -> Action {
    guard state == .waiting else { return .nothing }
    state = .connecting
    return .connect
  }

  // MARK: The session

  /// The server names the session. `seq`: of a resumed session, the last chunk that the server has.
  mutating func started(session: String, seq: Int?, at now: Duration) -> Action {
    guard state == .resuming else {
      self.session = session
      return .nothing
    }
    guard let seq else { return refused("the server began another session", at: now) }
    state = .open
    return .proceed(after: seq)
  }

  /// The session cannot be resumed.
  mutating func refused(_ reason: String, at now: Duration) -> Action {
    guard state == .resuming else { return .nothing }
    session = nil
    state = .open
    return .startOver(reason)
  }

  /// The server's state of the session contradicts the client's: it is of no use.
  mutating func contradicted(_ reason: String, at now: Duration, jitter: Double) -> Action {
    session = nil
    return lost(reason, at: now, jitter: jitter)
  }

  // MARK: Sending

  /// All input was sent.
  package mutating func inputEnded(at now: Duration) -> Action {
    guard state == .open else { return .nothing }
    state = .stopping
    heardAt = now
    return .sendStop
  }

  package mutating func heard(at now: Duration) { heardAt = now }

  /// A chunk was answered: the server works.
  package mutating func answered() {
    goneAt = nil
    reconnect.proven()
  }

  package mutating func receiptCame() { hasReceipt = true }

  /// - Parameters:
  ///   - code: nil if the connection was cut.
  ///   - hasSent: audio was sent in this session.
  ///   - isExpecting: not all of it was answered.
  package mutating func closed(
    _ reason: String, code: Int?, hasSent: Bool, isExpecting: Bool, at now: Duration, jitter: Double
  ) -> Action {
    guard state == .open || state == .stopping || state == .resuming else { return .nothing }
    if hasReceipt { return end(.complete) }
    if Self.isLast(code) { session = nil }
    guard policy.retries, shouldReconnect(hasSent: hasSent, isExpecting: isExpecting, isLast: Self.isLast(code)) else {
      return end(.broken(reason))
    }
    return lost(reason, at: now, jitter: jitter)
  }

  /// The server does not keep a session that was closed with this code.
  private static func isLast(_ code: Int?) -> Bool { [1000, 1003, 1007, 1008, 1009].contains(code) }

  private func shouldReconnect(hasSent: Bool, isExpecting: Bool, isLast: Bool) -> Bool {
    guard policy.resumes else { return state == .open && interrupts == 0 && !hasSent }
    // Audio that was refused once would be refused again, but new audio from a microphone may not.
    if isLast { return state == .open && interrupts == 0 && (policy.isLive || !hasSent) }
    // A server without sessions may have no receipts either: then there is no reason to reconnect.
    return session != nil || state != .stopping || isExpecting
  }

  private mutating func lost(_ reason: String, at now: Duration, jitter: Double) -> Action {
    if goneAt == nil { goneAt = now }
    if let limit = exhausted(at: now) { return end(.gaveUp(reason, after: limit)) }
    state = .waiting
    return .reconnect(reason, wait: reconnect.failed(at: now, jitter: jitter))
  }

  private func exhausted(at now: Duration) -> Duration? {
    guard let limit = policy.retryFor, let goneAt, now - goneAt >= limit else { return nil }
    return limit
  }

  /// A server has accepted the stream once, so another connection can complete it.
  private var isUnderWay: Bool { policy.resumes && policy.retries && hasOpened }

  // MARK: Time

  /// `isExpecting`: audio that was sent has no answer yet.
  package mutating func tick(isExpecting: Bool, at now: Duration, jitter: Double) -> Action {
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
    return isRenewed ? lost(Self.silence(patience), at: now, jitter: jitter) : end(.silent(patience))
  }

  /// Ctrl-C or a request to terminate. The first one ends the input, the second everything.
  package mutating func interrupted(at now: Duration) -> Action {
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

  static func silence(_ patience: Duration) -> String { "no answer from the server for \(patience.brief)" }

  private mutating func end(_ ending: Ending) -> Action {
    state = .over
    return .finish(ending)
  }
}
