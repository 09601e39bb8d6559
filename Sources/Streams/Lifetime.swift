/// The life of a session beyond its connections.
public enum Lifetime: Equatable, Sendable {
  /// Has a connection, and ends with it.
  case attached
  /// Has a connection; its client knows the session's name and may return after the connection broke.
  case resumable
  /// The same, and the client sends nothing more over that connection, which ends when everything is answered.
  case answering
  /// Has no connection; its client may return until then.
  case detached(until: Duration)
  case ended

  public var isResumable: Bool {
    switch self {
    case .resumable, .answering, .detached: true
    case .attached, .ended: false
    }
  }

  public var isDetached: Bool { if case .detached = self { true } else { false } }

  /// For how many seconds the client has been away; nil while it has a connection.
  public func secondsAway(now: Duration) -> Double? {
    guard case .detached(let until) = self else { return nil }
    return (StreamLimits.detachedTime - (until - now)) / .seconds(1)
  }

  /// The connection has ended: until when the client may return; nil if the session ends.
  mutating func detach(mayReturn: Bool, now: Duration) -> Duration? {
    guard isResumable, mayReturn else { return nil }
    let until = now + StreamLimits.detachedTime
    self = .detached(until: until)
    return until
  }

  /// Whether the client did not return in time.
  func hasExpired(now: Duration) -> Bool { if case .detached(let until) = self { now >= until } else { false } }
}
