/// Which worker takes a stream, and when a dead one is started again.
///
/// A seat is one worker's place. States of a seat: *down*, no process, to be started at a time that is known; *starting*,
/// a process that has not said it is ready; *ready*. Down → starting → ready → down.
struct PoolState {
  private enum Condition: Equatable {
    case down
    case starting(since: Duration)
    case ready(since: Duration)
  }

  private struct Seat {
    var condition = Condition.down
    var streams = 0
    /// Deaths in a row without a life of `steadyLife` between them.
    var failures = 0
  }

  /// A worker that lived so long was well: the next is started at once.
  static let steadyLife = Duration.seconds(1)
  /// The first pause before a worker that died young is started again; it doubles up to `longestPause`.
  static let firstPause = Duration.milliseconds(100)
  static let longestPause = Duration.seconds(5)

  private var seats: [Seat]

  init(count: Int) { seats = Array(repeating: Seat(), count: count) }

  var count: Int { seats.count }
  /// Whether every worker is up.
  var isComplete: Bool { seats.indices.allSatisfy(isReady) }
  /// Whether no worker has a process.
  var isEmpty: Bool { seats.allSatisfy { $0.condition == .down } }

  mutating func started(_ seat: Int, now: Duration) {
    precondition(seats[seat].condition == .down, "A worker was started on a seat that is taken.")
    seats[seat].condition = .starting(since: now)
  }

  mutating func ready(_ seat: Int, now: Duration) { seats[seat].condition = .ready(since: now) }

  /// A worker is gone, or could not be started: in how long the next is to be.
  mutating func lost(_ seat: Int, now: Duration) -> Duration {
    var place = seats[seat]
    defer { seats[seat] = place }
    if case .ready(let since) = place.condition, now - since >= Self.steadyLife { place.failures = 0 }
    place.condition = .down
    defer { place.failures += 1 }
    guard place.failures > 0 else { return .zero }
    return min(Self.longestPause, Self.firstPause * (1 << min(place.failures - 1, 10)))
  }

  /// The seat with the fewest streams among those whose worker is ready, or among all when none is.
  mutating func seatStream() -> Int {
    let ready = seats.indices.filter(isReady)
    guard let best = (ready.isEmpty ? Array(seats.indices) : ready).min(by: { seats[$0].streams < seats[$1].streams })
    else { preconditionFailure("A pool has a seat.") }
    seats[best].streams += 1
    return best
  }

  func isReady(_ seat: Int) -> Bool { if case .ready = seats[seat].condition { true } else { false } }

  mutating func streamEnded(_ seat: Int) {
    precondition(seats[seat].streams > 0, "A stream left a seat it was not on.")
    seats[seat].streams -= 1
  }

  func streams(on seat: Int) -> Int { seats[seat].streams }
}
