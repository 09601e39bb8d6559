/// The load: what is sent, how fast and for how long.
struct LoadPlan: Equatable {
  enum Pace: Equatable {
    /// Each connection always has this many chunks in flight.
    case closed(inFlight: Int)
    /// Each connection sends one chunk per period, regardless of replies.
    case paced(periodNanoseconds: Int)
    /// The connections are held and send nothing.
    case idle
    /// Each connection ends after its TLS handshake and begins again, with its first ticket if it resumes.
    case handshakes(resuming: Bool)
  }

  var pace: Pace
  var connections: Int
  var chunkBytes: Int
  /// Each connection begins with a `start` message, so that its session can be resumed.
  var sendsStart = false
  var warmUpNanoseconds = 500_000_000
  var measuredNanoseconds = 3_000_000_000

  /// Between the last upgrade and the first chunk: the system settles, then memory is read.
  static let settlingNanoseconds = 300_000_000
  /// Chunks not answered this long after the last one are lost.
  static let drainingNanoseconds = 2_000_000_000
  /// For closing.
  static let closingNanoseconds = 1_000_000_000
  /// For all upgrades together.
  static let connectingNanoseconds = 30_000_000_000
  /// Concurrent upgrades: many, but not enough to overflow a backlog.
  static let upgradesAtOnce = 128

  /// Limit of chunks in flight per connection: a power of two. A paced one that is 15 s behind never recovers.
  var mostInFlight: Int {
    guard case .closed(let inFlight) = pace else { return 256 }
    var power = 1
    while power < inFlight { power *= 2 }
    return power
  }

  /// Frames per send: enough to fill a socket's buffer, and no more than are ever due at once.
  var trainFrames: Int {
    let fitting = max(1, (256 << 10) / (chunkBytes + FrameTrain.largestHeaderBytes))
    return min(fitting, mostInFlight)
  }

  /// When the `turn`-th chunk of all connections is due, in nanoseconds after the beginning: the connections' turns are
  /// spread evenly over the period. Nil when nothing is paced.
  func due(turn: Int) -> Int? {
    guard case .paced(let period) = pace else { return nil }
    // Separate, so that hours of many connections do not overflow.
    return turn / connections * period + turn % connections * period / connections
  }
}
