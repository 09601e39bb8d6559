import Broker
import IO
import JSON
import Platform
import WorkerLink

/// The directory of sessions at the broker, as one loop uses it: a key a session, changed by compare-and-set alone.
/// Carries out what `BucketRequests` decides. Not final: a simulation has it forget what it has read.
class SessionBucket {
  enum Reading: Equatable {
    case found([UInt8], revision: UInt64)
    /// Revision 0, or that of the mark that it was deleted.
    case missing(revision: UInt64)
    case unanswered
  }

  enum Change: Equatable {
    case changed(UInt64)
    /// Another revision than expected.
    case conflict
    /// Nobody knows whether it was applied.
    case unanswered
  }

  /// The number of the subscription to its answers.
  static let subscription = 4
  static let bucket = KeyValueBucket("sessions")

  let broker: any BrokerAccess
  /// Its name in subjects.
  let gateway: String
  private let loop: any LoopTime
  private let log: Log
  /// Subjects of answers, up to the number of the request.
  private let answers: String
  private unowned var workers: (any BrokerConnection.Delegate)?
  private var requests: BucketRequests
  private var completions: [Int: Completion] = [:]
  private(set) var counters = DirectoryCounters()
  private var isBeating = false

  private struct Completion {
    var since: Double
    var done: (BucketRequests.Answer) -> Void
  }

  private static let beatInterval = Duration.milliseconds(250)

  /// - Parameters:
  ///   - name: the gateway in subjects.
  ///   - timeout: time that the broker has to answer.
  ///   - replicas: copies of a bucket that is made here; nil: none is.
  init(
    broker: any BrokerAccess, loop: any LoopTime, name: String, timeout: Duration = .seconds(2), replicas: Int? = 1,
    log: Log = .silent
  ) {
    self.broker = broker
    self.loop = loop
    self.log = log
    gateway = name
    answers = LinkSubject.directory(name)
    requests = BucketRequests(Self.bucket, timeout: timeout, replicas: replicas)
  }

  /// On a loop of the server. A broker with users has one who makes the bucket.
  convenience init(at broker: BrokerSettings, on loop: EventLoop, log: Log) {
    let name = "\(broker.machine).\(SubjectToken.life())"
    let connection = BrokerConnection(broker, name: "audio-server \(name)", on: loop)
    self.init(broker: connection, loop: loop, name: name, replicas: broker.hasUser ? nil : 1, log: log)
  }

  /// Has the connection's other user told everything that is not the bucket's.
  func shareBroker(with workers: any BrokerConnection.Delegate) {
    self.workers = workers
    broker.delegate = self
  }

  /// The reason that sessions can't be looked up; nil if they can.
  var problem: String? { requests.problem?.description }
  /// The problem, if it does not end by itself. A bucket that was never found may not be there.
  var lastingProblem: String? { requests.wasFound && requests.problem?.isPassing == true ? nil : problem }

  // MARK: Requests

  /// `done` is called later, once.
  func read(_ key: String, _ done: @escaping (Reading) -> Void) {
    ask(requests.read(key, now: loop.now)) { answer in
      if case .reading(let reading)? = answer { done(reading) } else { done(.unanswered) }
    }
  }

  /// Changes a key if it has this revision; `done` is called later, once.
  /// - Parameter record: nil deletes it.
  func change(_ key: String, to record: [UInt8]?, after revision: UInt64, _ done: @escaping (Change) -> Void) {
    ask(requests.change(key, to: record, after: revision, now: loop.now)) { answer in
      if case .change(let change)? = answer { done(change) } else { done(.unanswered) }
    }
  }

  private func ask(_ step: BucketRequests.Step?, _ done: @escaping (BucketRequests.Answer?) -> Void) {
    guard let step else { return loop.call(after: .zero) { done(nil) } }
    completions[step.number] = Completion(since: loop.nowInSeconds, done: done)
    carryOut([step])
  }

  private func carryOut(_ steps: [BucketRequests.Step]) {
    for step in steps {
      switch step {
      case .send(let number, let request): broker.publish(request, reply: "\(answers)\(number)")
      case .wait: break
      case .answer(let number, let answer):
        guard let completion = completions.removeValue(forKey: number) else { continue }
        count(answer, after: loop.nowInSeconds - completion.since)
        completion.done(answer)
      }
    }
  }

  private func count(_ answer: BucketRequests.Answer, after seconds: Double) {
    switch answer {
    case .change(.changed): counters.changed += 1
    case .change(.conflict): counters.conflicts += 1
    case .change(.unanswered): counters.unanswered += 1
    case .reading: break
    }
    if !answer.isNone { counters.times.add(seconds) }
  }

  // MARK: The broker

  func brokerConnected() {
    broker.subscribe("\(answers)>", as: Self.subscription)
    update { $0.connected(now: loop.now) }
    if !isBeating { loop.call(after: Self.beatInterval, repeating: Self.beatInterval) { [unowned self] in beat() } }
    isBeating = true
    workers?.brokerConnected()
  }

  private func beat() { update { $0.beat(now: loop.now) } }

  /// Everything that waits is `unanswered`.
  func brokerLost() { update { $0.disconnected() } }

  /// The broker did not do one thing, which may be the bucket's.
  func brokerComplains(_ reason: String) {
    update {
      $0.complained(reason)
      return []
    }
  }

  /// Takes a message of its subscription.
  func take(_ message: BrokerMessage) {
    guard let number = Int(message.subject.dropFirst(answers.count)) else { return }
    update { $0.take(number, BucketReply.result(of: message), now: loop.now) }
  }

  private func update(_ event: (inout BucketRequests) -> [BucketRequests.Step]) {
    let before = requests.problem
    let steps = event(&requests)
    if requests.problem != before { report(after: before) }
    carryOut(steps)
  }

  private func report(after before: BucketProblem?) {
    // The loss of a broker is logged elsewhere.
    guard requests.problem != .disconnected else { return }
    // Brokers without a leader are silent at one time, and say so at another.
    if before?.isElection == true, requests.problem?.isElection == true { return }
    guard let problem else { return log.write(.info, "directory of sessions found") }
    let advice = "sessions that begin with `start` or are resumed have to wait"
    log.write(.error, "no directory of sessions: \(advice)", ["reason": .string(problem)])
  }
}

extension SessionBucket: BrokerConnection.Delegate {
  func broker(lost reason: String) {
    brokerLost()
    workers?.broker(lost: reason)
  }

  func broker(unreached reason: String) { workers?.broker(unreached: reason) }

  func broker(complains reason: String) {
    brokerComplains(reason)
    workers?.broker(complains: reason)
  }

  func broker(delivered message: BrokerMessage) {
    if message.subscription == Self.subscription { take(message) } else { workers?.broker(delivered: message) }
  }
}
