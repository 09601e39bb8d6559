import Platform

/// Reasons for which a link to a worker at a broker ended, as metrics name them.
enum LinkEnding: String, CaseIterable {
  /// The connection to the broker is lost, and every link with it.
  case brokerLost = "broker_lost"
  /// A message did not begin where the one before it ended.
  case messagesLost = "messages_lost"
  /// The worker sent what does not belong there.
  case malformed
  /// The worker has another link, or none.
  case unknownToWorker = "unknown_to_worker"
  /// Nobody is there to receive its messages.
  case noResponders = "no_responders"
  /// Nothing came over it for the time that a worker has.
  case silent
  /// The worker's parent says that it has ended.
  case workerEnded = "worker_ended"
  /// The worker was leaving.
  case workerLeft = "worker_left"
}

/// Counters of the links of one loop to workers at a broker.
struct LinkCounters: Equatable, Sendable {
  var endings: [LinkEnding: Int] = [:]
  /// Times that a worker was sent as much as may be under way, and more waited.
  var fullWindows = 0
  /// Times that messages took to the broker and back.
  var echoes = DelayHistogram()

  mutating func add(_ other: LinkCounters) {
    endings.merge(other.endings, uniquingKeysWith: +)
    fullWindows += other.fullWindows
    echoes.add(other.echoes)
  }
}
