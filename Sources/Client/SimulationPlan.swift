/// Who sends what and when in a simulation.
struct SimulationPlan: Equatable {
  var clients: Int
  /// Chunks each client sends.
  var messages: Int
  /// From one chunk of a client to its next; zero: as fast as the server answers.
  var interval: Duration
  var chunkBytes: Int
  /// Unanswered chunks a client may have.
  var openChunks: Int

  /// Bytes a connection may hold that the network has not taken.
  static let unsentBytes = 1 << 20

  var chunks: Int { clients * messages }

  /// How long after the common start a client begins: all of them spread evenly over one interval, as independent
  /// microphones would be.
  func offset(ofClient index: Int) -> Duration { interval * index / clients }

  enum Decision: Equatable {
    case send
    /// Not before so long after the client's own start.
    case wait(until: Duration)
    /// Too much is unanswered.
    case hold
    /// All has been sent.
    case done
  }

  /// What a client does that has sent so many, so long after its start. One that was held back catches up.
  func next(sent: Int, open: Int, unsentBytes: Int, after elapsed: Duration) -> Decision {
    guard sent < messages else { return .done }
    guard open < openChunks, unsentBytes < Self.unsentBytes else { return .hold }
    let due = interval * sent
    return elapsed >= due ? .send : .wait(until: due)
  }
}
