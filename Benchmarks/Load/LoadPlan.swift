/// What is sent, how fast and for how long.
struct LoadPlan: Equatable {
  enum Pace: Equatable {
    /// Each connection always has so many chunks unanswered.
    case closed(inFlight: Int)
    /// Each connection sends a chunk each period, whatever comes back.
    case paced(periodNanoseconds: Int)
    /// The connections are held and send nothing.
    case idle
  }

  var pace: Pace
  var connections: Int
  var chunkBytes: Int
  var warmUpNanoseconds = 500_000_000
  var measuredNanoseconds = 3_000_000_000

  /// Between the last upgrade and the first chunk: what connecting has set going comes to rest, then memory is read.
  static let settlingNanoseconds = 300_000_000
  /// What is not answered so long after the last chunk is lost.
  static let drainingNanoseconds = 2_000_000_000
  /// For saying goodbye.
  static let closingNanoseconds = 1_000_000_000
  /// For all upgrades together.
  static let connectingNanoseconds = 30_000_000_000
  /// Upgrades under way at once: a crowd, but none that overflows a backlog.
  static let upgradesAtOnce = 128

  /// Unanswered chunks a connection can have: a power of two. A paced one is past saving at a quarter of a minute.
  var mostInFlight: Int {
    guard case .closed(let inFlight) = pace else { return 256 }
    var power = 1
    while power < inFlight { power *= 2 }
    return power
  }

  /// Frames that one send takes: enough to fill a socket's buffer, and no more than ever are due together.
  var trainFrames: Int {
    let fitting = max(1, (256 << 10) / (chunkBytes + FrameTrain.largestHeaderBytes))
    return min(fitting, mostInFlight)
  }

  /// When the `turn`-th chunk of all connections is due, in nanoseconds after the beginning: the connections' turns are
  /// spread evenly over the period. Nil when nothing is paced.
  func due(turn: Int) -> Int? {
    guard case .paced(let period) = pace else { return nil }
    // Apart, so that hours of many connections don't overflow.
    return turn / connections * period + turn % connections * period / connections
  }
}
