import Broker

/// The reason that sessions can't be looked up at the broker.
enum BucketProblem: Equatable {
  /// No broker was asked yet.
  case notAsked
  /// Passing: another connection is being made, brokers elect, or too few of them are up.
  case disconnected, noLeader, silent
  case noJetStream, noBucket
  /// In the broker's own words.
  case lacksRights(String)
  case other(String)

  init(_ error: BucketError) {
    switch error {
    case .noJetStream: self = .noJetStream
    case .noBucket: self = .noBucket
    case .noLeader: self = .noLeader
    case .noMessage, .wrongRevision, .tooFewBrokers, .noCluster, .other, .malformed: self = .other(error.description)
    }
  }

  /// The broker's complaint that something about the bucket is not allowed; nil: it is about something else.
  init?(complaint: String, about bucket: KeyValueBucket) {
    guard complaint.contains("Permissions Violation") else { return nil }
    // A user without the right to make it may still use it.
    if complaint.contains(KeyValueBucket.creationSubject) {
      self = .noBucket
    } else if ["$KV.\(bucket.name).", "$JS.API.", "as.dir."].contains(where: complaint.contains) {
      self = .lacksRights(complaint)
    } else {
      return nil
    }
  }

  /// Whether brokers elect a leader, or too few of them are up.
  var isElection: Bool { self == .noLeader || self == .silent }

  /// Whether it ends by itself, so that streams go on meanwhile.
  var isPassing: Bool { [.disconnected, .noLeader, .silent].contains(self) }

  var description: String {
    switch self {
    case .notAsked: "the broker has not answered yet"
    case .disconnected: "no broker"
    case .noLeader: "the bucket `sessions` has no leader now: most brokers of the cluster must be up"
    case .silent: "the bucket `sessions` does not answer: most brokers of the cluster must be up"
    case .noJetStream:
      "the broker has no JetStream: add `jetstream { store_dir: \"/var/lib/nats\" }` to its configuration"
    case .noBucket: "there is no bucket `sessions`: audio-server broker init --replicas 1|3 makes it"
    case .lacksRights(let reason):
      "\(reason): the broker's configuration needs the rights that audio-server broker user NAME --role gateway prints"
    case .other(let reason): "the bucket `sessions`: \(reason)"
    }
  }
}
