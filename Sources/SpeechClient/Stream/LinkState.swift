import Platform

/// The state of the connection as the user sees it.
struct LinkState: Equatable {
  enum Status: Equatable {
    case connecting, connected, resuming, stopping
    /// A connection was lost with audio sent: why.
    case lost(String)
    /// There has been no connection yet: why.
    case waiting(String)
  }

  /// Less than this is no delay: one chunk is being recorded, another sent.
  private static let onTimeSeconds = 1.0

  private var status = Status.connecting
  private var retryAt: Duration?
  private var hasFailed = false
  /// Seconds of audio still to be sent after a connection was lost. Nil once the stream has caught up.
  private var backlog: Double?
  /// How late the server says that its texts come, in seconds.
  private(set) var lateSeconds: Double?
  /// Without a live terminal, which counts down, each attempt is reported.
  private let reportsEveryAttempt: Bool

  init(reportsEveryAttempt: Bool) { self.reportsEveryAttempt = reportsEveryAttempt }

  mutating func connecting() {
    retryAt = nil
    status = .connecting
  }

  /// - Returns: whether an attempt had failed before.
  mutating func connected() -> Bool {
    defer { hasFailed = false }
    status = .connected
    return hasFailed
  }

  mutating func resuming() { status = .resuming }
  mutating func resumed() { status = .connected }
  mutating func stopping() { status = .stopping }

  /// An attempt failed. - Returns: whether to report it.
  mutating func failed(_ reason: String, hasSent: Bool) -> Bool {
    defer { hasFailed = true }
    status = hasSent ? .lost(reason) : .waiting(reason)
    return !hasFailed || reportsEveryAttempt
  }

  /// The connection broke.
  mutating func lost(_ reason: String, hasSent: Bool) {
    hasFailed = true
    status = .lost(reason)
    backlog = hasSent ? .infinity : nil
  }

  /// The server says how late its texts come; nil: nothing of it. - Returns: whether to report it.
  mutating func late(by seconds: Double?) -> Bool {
    let wasLate = lateSeconds != nil
    lateSeconds = seconds.flatMap { $0 >= Self.onTimeSeconds ? $0 : nil }
    return !wasLate && lateSeconds != nil
  }

  mutating func retry(at moment: Duration) { retryAt = moment }

  /// Seconds of audio that should have been sent and were not.
  mutating func updateBacklog(_ seconds: Double, isSending: Bool) {
    guard backlog != nil, isSending else { return }
    backlog = seconds > Self.onTimeSeconds ? seconds : nil
  }

  var shownBacklog: Double? { backlog.flatMap { $0.isFinite ? $0 : nil } }

  func shown(spooledSeconds: Double, at now: Duration) -> StreamStatus.Link {
    let seconds = retryAt.map { max(0, ($0 - now).inSeconds.rounded(.up)) } ?? 0
    return switch status {
    case .connecting: .connecting
    case .connected: .connected
    case .resuming: .resuming
    case .stopping: .stopping
    case .lost(let reason): .lost(reason: reason, spooled: spooledSeconds, seconds: seconds)
    case .waiting(let reason): .waiting(reason: reason, seconds: seconds)
    }
  }
}
