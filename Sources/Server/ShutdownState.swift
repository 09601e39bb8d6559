/// The order in which the server ends.
///
/// *Serving* → *draining*: no new connections; what arrives is still taken, since it was on its way, until nothing has
/// come for a moment or live streams have gone on long enough → *finishing*: nothing more is taken, the workers answer
/// what they have → *closing*: every client has been sent 1001 → *done*.
struct ShutdownState {
  enum Phase: Equatable { case serving, draining, finishing, closing, done }

  /// No chunk for so long, and what was on its way has arrived.
  static let quiet = Duration.milliseconds(50)
  /// Live streams never fall silent: after so long, or half the time-out, the rest is refused.
  static let longestDrain = Duration.milliseconds(500)

  /// How long an answer to the close is waited for: who reads late would lose the close with all it has not read yet.
  static let longestFarewell = Duration.seconds(5)

  private(set) var phase = Phase.serving
  private var began = Duration.zero
  /// Chunks that had arrived when it was last looked at, and when that were fewer.
  private var chunks = 0
  private var lastArrival = Duration.zero
  private var closed = Duration.zero
  private let timeout: Duration

  init(timeout: Duration) { self.timeout = timeout }

  enum Action: Equatable {
    case wait
    /// Take no more chunks, and tell the workers to finish.
    case finish
    /// Close every client with 1001; `late` when the time was up and something is unanswered.
    case close(late: Bool)
    /// End; `late` when the time was up and a client had not taken everything.
    case end(late: Bool)
  }

  enum SignalAction: Equatable { case stopAccepting, endAtOnce }

  mutating func signalled(now: Duration) -> SignalAction {
    guard phase == .serving else { return .endAtOnce }
    phase = .draining
    began = now
    lastArrival = now
    return .stopAccepting
  }

  /// Who is still connected after 1001 was said to all.
  enum Remaining: Comparable {
    case none
    /// Only such as have been sent everything and don't answer the close.
    case silent
    /// Such as have not taken everything yet.
    case behind
  }

  /// Looks at how far things are; asked again a little later while it says to wait.
  /// - Parameter chunks: that have arrived since the server started.
  mutating func advance(now: Duration, chunks: Int, workersLeft: Bool, connections: Remaining) -> Action {
    if chunks != self.chunks { (self.chunks, lastArrival) = (chunks, now) }
    let late = now - began >= timeout
    switch phase {
    case .serving, .done: return .wait
    case .draining:
      let drained = now - lastArrival >= Self.quiet || now - began >= min(Self.longestDrain, timeout / 2)
      guard drained else { return .wait }
      phase = .finishing
      return .finish
    case .finishing:
      guard late || !workersLeft else { return .wait }
      phase = .closing
      closed = now
      return .close(late: workersLeft)
    case .closing:
      // A client that does not take its last bytes gets half a second more than the time-out, no client holds the rest.
      let patience = connections == .behind ? timeout + Self.longestDrain - (closed - began) : Self.longestFarewell
      guard connections == .none || now - closed >= patience else { return .wait }
      phase = .done
      return .end(late: connections == .behind)
    }
  }
}
