import Broker

/// The requests of one loop to the bucket that wait for an answer, what answers mean, and whether there is a bucket to
/// ask. Each request is answered once: by the broker, or with nothing when its time is over or the connection broke.
struct BucketRequests: Equatable {
  enum Answer: Equatable {
    case reading(SessionBucket.Reading)
    case change(SessionBucket.Change)
  }

  /// To be carried out in this order.
  enum Step: Equatable {
    case send(number: Int, KeyValueBucket.Request)
    /// It waits in line: it is sent or answered by a later step.
    case wait(number: Int)
    case answer(number: Int, Answer)

    var number: Int {
      switch self {
      case .send(let number, _), .wait(let number), .answer(let number, _): number
      }
    }
  }

  fileprivate enum Kind { case reading, change, inspection, creation }

  private struct Waiting: Equatable {
    var kind: Kind
    var deadline: Duration
  }

  private struct Queued: Equatable {
    var number: Int
    var kind: Kind
    var request: KeyValueBucket.Request
    var deadline: Duration
  }

  private let bucket: KeyValueBucket
  private let timeout: Duration
  /// Copies of a bucket that is made here; nil: none is.
  private let replicas: Int?
  /// The reason that the bucket can't be asked; nil if it can.
  private(set) var problem: BucketProblem? = .notAsked
  /// Whether the bucket was found since the start.
  private(set) var wasFound = false
  private var waiting: [Int: Waiting] = [:]
  /// Not sent yet: the oldest first.
  private var queue: ArraySlice<Queued> = []
  /// The request about the bucket itself that waits.
  private var inspection: Int?
  private var last = 0
  private var lastInspection = Duration.zero
  private var isConnected = false

  /// Requests under way at once. The broker reads no other message of the connection while it answers one, the sound's
  /// neither, and one that is not answered is followed by more: a thousand streams that move would stop them all.
  static let mostAtOnce = 32
  /// Time between inspections while there is a problem, and while there is none.
  static let inspectionInterval = Duration.seconds(1)
  static let restInterval = Duration.seconds(5)
  /// A session that is not told about for so long is forgotten.
  static let age = Duration.seconds(30 * 60)

  init(_ bucket: KeyValueBucket, timeout: Duration, replicas: Int?) {
    self.bucket = bucket
    self.timeout = timeout
    self.replicas = replicas
  }

  // MARK: Requests

  /// Nil: there is no connection.
  mutating func read(_ key: String, now: Duration) -> Step? { ask(.reading, bucket.reading(key), now) }

  /// Nil: there is no connection.
  mutating func change(_ key: String, to record: [UInt8]?, after revision: UInt64, now: Duration) -> Step? {
    ask(.change, bucket.change(key, to: record, after: revision), now)
  }

  private mutating func ask(_ kind: Kind, _ request: KeyValueBucket.Request, _ now: Duration) -> Step? {
    guard isConnected else { return nil }
    guard waiting.count >= Self.mostAtOnce || !queue.isEmpty else { return send(kind, request, now) }
    last += 1
    queue.append(Queued(number: last, kind: kind, request: request, deadline: now + timeout))
    return .wait(number: last)
  }

  private mutating func send(_ kind: Kind, _ request: KeyValueBucket.Request, _ now: Duration) -> Step {
    last += 1
    if kind == .inspection || kind == .creation { inspection = last }
    return send(last, kind, request, now)
  }

  private mutating func send(_ number: Int, _ kind: Kind, _ request: KeyValueBucket.Request, _ now: Duration) -> Step {
    waiting[number] = Waiting(kind: kind, deadline: now + timeout)
    return .send(number: number, request)
  }

  /// Sends as many of the queue as may be under way.
  private mutating func sendQueued(_ now: Duration) -> [Step] {
    var steps: [Step] = []
    while waiting.count < Self.mostAtOnce, let next = queue.popFirst() {
      steps.append(send(next.number, next.kind, next.request, now))
    }
    return steps
  }

  private mutating func inspect(_ now: Duration) -> [Step] {
    guard isConnected, inspection == nil else { return [] }
    lastInspection = now
    return [send(.inspection, bucket.inspection, now)]
  }

  // MARK: The connection

  mutating func connected(now: Duration) -> [Step] {
    isConnected = true
    return inspect(now)
  }

  /// Nobody knows what became of what waits.
  mutating func disconnected() -> [Step] {
    isConnected = false
    if problem != .notAsked { problem = .disconnected }
    let steps = waiting.keys.sorted().compactMap { end($0) } + queue.compactMap { $0.kind.unanswered($0.number) }
    queue = []
    return steps
  }

  /// The answer to a request, which may have come too late.
  mutating func take(_ number: Int, _ reply: Result<BucketReply, BucketError>, now: Duration) -> [Step] {
    guard let kind = waiting[number]?.kind else { return [] }
    switch kind {
    case .reading: return answered(number, reading(reply), now) + sendQueued(now)
    case .change: return answered(number, change(reply), now) + sendQueued(now)
    case .inspection, .creation:
      _ = end(number)
      return inspected(reply, wasMade: kind == .creation, now) + sendQueued(now)
    }
  }

  private func reading(_ reply: Result<BucketReply, BucketError>) -> Answer {
    do throws(BucketError) {
      let entry = try reply.get().entry()
      guard let value = entry.value else { return .reading(.missing(revision: entry.revision)) }
      return .reading(.found(value, revision: entry.revision))
    } catch {
      return .reading(error == .noMessage ? .missing(revision: 0) : .unanswered)
    }
  }

  private func change(_ reply: Result<BucketReply, BucketError>) -> Answer {
    do throws(BucketError) {
      return .change(.changed(try reply.get().revision()))
    } catch {
      return .change(error == .wrongRevision ? .conflict : .unanswered)
    }
  }

  private mutating func answered(_ number: Int, _ answer: Answer, _ now: Duration) -> [Step] {
    waiting[number] = nil
    // The bucket says why.
    return [.answer(number: number, answer)] + (answer.isNone ? inspect(now) : [])
  }

  private mutating func inspected(
    _ reply: Result<BucketReply, BucketError>, wasMade: Bool, _ now: Duration
  ) -> [Step] {
    do throws(BucketError) {
      _ = try reply.get().replicas()
      problem = nil
      wasFound = true
    } catch {
      if error == .noBucket, !wasMade, let replicas {
        return [send(.creation, bucket.creation(replicas: replicas, age: Self.age), now)]
      }
      problem = BucketProblem(error)
    }
    return []
  }

  /// The broker did not do one thing.
  mutating func complained(_ reason: String) {
    guard let refused = BucketProblem(complaint: reason, about: bucket) else { return }
    problem = refused
    if let inspection { _ = end(inspection) }
  }

  // MARK: Time

  /// To be called several times a second.
  mutating func beat(now: Duration) -> [Step] {
    let due = waiting.filter { $0.value.deadline <= now }.keys.sorted()
    var steps: [Step] = []
    for number in due {
      if let step = end(number) { steps.append(step) } else { problem = .silent }
    }
    while let first = queue.first, first.deadline <= now {
      queue.removeFirst()
      if let step = first.kind.unanswered(first.number) { steps.append(step) }
    }
    let interval = due.isEmpty && problem == nil ? Self.restInterval : Self.inspectionInterval
    if now - lastInspection >= interval { steps += inspect(now) }
    return steps + sendQueued(now)
  }

  /// It waits no longer.
  /// - Returns: nil if nobody but this asked.
  private mutating func end(_ number: Int) -> Step? {
    if number == inspection { inspection = nil }
    return waiting.removeValue(forKey: number)?.kind.unanswered(number)
  }
}

extension BucketRequests.Kind {
  /// A request that was not answered; nil for the bucket's own, which nobody awaits.
  fileprivate func unanswered(_ number: Int) -> BucketRequests.Step? {
    switch self {
    case .reading: .answer(number: number, .reading(.unanswered))
    case .change: .answer(number: number, .change(.unanswered))
    case .inspection, .creation: nil
    }
  }
}

extension BucketRequests.Answer {
  /// Nobody knows.
  var isNone: Bool { self == .reading(.unanswered) || self == .change(.unanswered) }
}
