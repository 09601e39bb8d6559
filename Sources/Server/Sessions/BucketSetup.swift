import Broker

/// The course of `audio-server broker init`: the bucket is asked for and made; a cluster that elects is asked again.
struct BucketSetup {
  enum Step: Equatable {
    case send(KeyValueBucket.Request)
    /// It is to be asked again after a while; for this reason it can't be made yet.
    case wait(String)
    case done(String)
    case fail(String)
  }

  private enum Phase {
    case asking, making
    case changing(from: Int)
  }

  private let bucket: KeyValueBucket
  private let replicas: Int
  private var phase = Phase.asking

  init(_ bucket: KeyValueBucket, replicas: Int) {
    self.bucket = bucket
    self.replicas = replicas
  }

  mutating func ask() -> Step {
    phase = .asking
    return .send(bucket.inspection)
  }

  mutating func take(_ reply: Result<BucketReply, BucketError>) -> Step {
    do throws(BucketError) {
      return found(try reply.get().replicas())
    } catch {
      return failed(error)
    }
  }

  private mutating func found(_ there: Int) -> Step {
    let name = "the bucket `\(bucket.name)`"
    switch phase {
    case .making: return .done("made \(name), with \(Self.count(there))")
    case .changing(let before): return .done("\(name) has \(Self.count(there)) now, and had \(before)")
    case .asking:
      guard there != replicas else { return .done("\(name) is there, with \(Self.count(there))") }
      phase = .changing(from: there)
      return .send(bucket.configuring(replicas: replicas, age: BucketRequests.age))
    }
  }

  private static func count(_ replicas: Int) -> String { replicas == 1 ? "1 replica" : "\(replicas) replicas" }

  private mutating func failed(_ error: BucketError) -> Step {
    switch error {
    case .noBucket:
      phase = .making
      return .send(bucket.creation(replicas: replicas, age: BucketRequests.age))
    case .noLeader: return .wait("the cluster has no leader: most of its brokers must be up")
    case .tooFewBrokers:
      return .wait("too few brokers with JetStream are up: --replicas \(replicas) needs \(replicas) in a cluster")
    case .noCluster: return .fail("this broker is in no cluster: --replicas 1, or a `cluster` block of three brokers")
    case .noJetStream, .noMessage, .wrongRevision, .other, .malformed:
      return .fail(BucketProblem(error).description)
    }
  }
}
