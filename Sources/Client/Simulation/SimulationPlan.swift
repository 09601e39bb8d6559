/// The schedule of a simulation: which client sends how much, and when.
struct SimulationPlan: Equatable {
  var clients: Int
  /// Chunks each client sends.
  var messages: Int
  /// Time between two chunks of a client. Zero: as fast as the server answers.
  var interval: Duration
  var chunkBytes: Int
  /// Unanswered chunks a client may have.
  var openChunks: Int

  /// The most bytes of a connection that the network has not taken.
  static let unsentBytes = 1 << 20

  var chunks: Int { clients * messages }

  /// When a client begins, after the common start: the clients are spread evenly over one interval, like independent
  /// microphones.
  func offset(ofClient index: Int) -> Duration { interval * index / clients }

  enum Decision: Equatable {
    case send
    /// Not before this time after the client's own start.
    case wait(until: Duration)
    /// Too much is unanswered.
    case hold
    /// Everything was sent.
    case done
  }

  /// What a client that has sent `sent` chunks does `elapsed` after its start. A client that was held back catches up.
  func next(sent: Int, open: Int, unsentBytes: Int, after elapsed: Duration) -> Decision {
    guard sent < messages else { return .done }
    guard open < openChunks, unsentBytes < Self.unsentBytes else { return .hold }
    let due = interval * sent
    return elapsed >= due ? .send : .wait(until: due)
  }
}
