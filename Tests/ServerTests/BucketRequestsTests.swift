import Testing

@testable import Broker
@testable import Server

@Suite struct BucketRequestsTests {
  private typealias Step = BucketRequests.Step

  private static let bucket = SessionBucket.bucket
  private var requests = BucketRequests(bucket, timeout: .seconds(2), replicas: nil)
  private var now = Duration.seconds(100)

  private static let isThere = #"{"config":{"num_replicas":3}}"#
  private static let noBucket = #"{"error":{"code":404,"err_code":10059,"description":"stream not found"}}"#
  private static let noLeader = #"{"error":{"code":503,"err_code":10008}}"#

  private mutating func take(_ number: Int, _ json: String) -> [Step] {
    requests.take(number, TestReply(json).result, now: now)
  }

  private mutating func takeNoResponders(_ number: Int) -> [Step] {
    requests.take(number, TestReply("", status: 503).result, now: now)
  }

  /// Connected, and the bucket is there.
  private mutating func connect() {
    #expect(requests.connected(now: now) == [.send(number: 1, Self.bucket.inspection)])
    #expect(requests.problem == .notAsked)
    #expect(take(1, Self.isThere) == [])
    #expect(requests.problem == nil)
  }

  private mutating func pass(_ time: Duration) -> [Step] {
    now += time
    return requests.beat(now: now)
  }

  @Test mutating func `each request has a number, and its answer what it means`() {
    connect()
    #expect(requests.read("a", now: now) == .send(number: 2, Self.bucket.reading("a")))
    #expect(requests.read("b", now: now) == .send(number: 3, Self.bucket.reading("b")))
    let change = Self.bucket.change("a", to: [7], after: 5)
    #expect(requests.change("a", to: [7], after: 5, now: now) == .send(number: 4, change))
    #expect(requests.change("a", to: [8], after: 5, now: now) != nil)
    #expect(take(5, #"{"error":{"err_code":10071},"seq":0}"#) == [.answer(number: 5, .change(.conflict))])
    #expect(take(4, #"{"stream":"KV_sessions","seq":6}"#) == [.answer(number: 4, .change(.changed(6)))])
    #expect(
      take(3, #"{"message":{"seq":4,"data":"Bw=="}}"#) == [.answer(number: 3, .reading(.found([7], revision: 4)))])
    #expect(take(2, #"{"error":{"err_code":10037}}"#) == [.answer(number: 2, .reading(.missing(revision: 0)))])
    // Again: no more.
    #expect(take(4, #"{"stream":"KV_sessions","seq":6}"#) == [])
    #expect(take(99, Self.isThere) == [] && requests.problem == nil)
  }

  @Test
  mutating func
    `a request that is not answered in time is answered with nothing, and an answer after that changes nothing`()
  {
    connect()
    _ = requests.change("a", to: [7], after: 5, now: now)
    #expect(pass(.milliseconds(1999)) == [])
    // The bucket is asked whether it is there.
    #expect(
      pass(.milliseconds(1)) == [
        .answer(number: 2, .change(.unanswered)), .send(number: 3, Self.bucket.inspection),
      ])
    #expect(requests.problem == nil)
    #expect(take(2, #"{"stream":"KV_sessions","seq":6}"#) == [])
    #expect(pass(.seconds(2)) == [.send(number: 4, Self.bucket.inspection)])
    #expect(requests.problem == .silent && requests.problem?.isPassing == true)
    #expect(take(3, Self.isThere) == [] && requests.problem == .silent)
    #expect(take(4, Self.isThere) == [] && requests.problem == nil)
    // Now and then, also without a reason.
    #expect(pass(.milliseconds(4900)) == [])
    #expect(pass(.milliseconds(100)) == [.send(number: 5, Self.bucket.inspection)])
  }

  @Test mutating func `where nobody answers, or not with what was asked, nobody knows`() {
    connect()
    _ = requests.read("a", now: now)
    _ = requests.change("a", to: nil, after: 5, now: now)
    _ = requests.read("a", now: now)
    #expect(
      takeNoResponders(2) == [.answer(number: 2, .reading(.unanswered)), .send(number: 5, Self.bucket.inspection)])
    #expect(take(3, Self.noLeader) == [.answer(number: 3, .change(.unanswered))])
    #expect(take(4, "?") == [.answer(number: 4, .reading(.unanswered))])
    #expect(takeNoResponders(5) == [] && requests.problem == .noJetStream)
  }

  @Test mutating func `with the connection everything is over that waits, and before the next one nothing is sent`() {
    connect()
    _ = requests.read("a", now: now)
    _ = requests.change("a", to: [7], after: 5, now: now)
    #expect(
      requests.disconnected() == [.answer(number: 2, .reading(.unanswered)), .answer(number: 3, .change(.unanswered))])
    #expect(requests.problem == .disconnected && requests.problem?.isPassing == true)
    #expect(requests.read("a", now: now) == nil)
    #expect(requests.change("a", to: nil, after: 1, now: now) == nil)
    #expect(pass(.seconds(5)) == [])
    #expect(requests.connected(now: now) == [.send(number: 4, Self.bucket.inspection)])
    // Requests of the last connection are answered over none.
    #expect(take(2, #"{"message":{"seq":4,"data":"Bw=="}}"#) == [])
    #expect(take(3, #"{"stream":"KV_sessions","seq":6}"#) == [])
    #expect(take(4, Self.isThere) == [] && requests.problem == nil)
  }

  /// As many requests as may be under way, from number 2 on.
  private mutating func fill() {
    connect()
    for number in 2..<2 + BucketRequests.mostAtOnce {
      #expect(requests.read("a", now: now) == .send(number: number, Self.bucket.reading("a")))
    }
  }

  @Test mutating func `more requests than may be under way wait in line for those before them`() {
    fill()
    #expect(requests.read("b", now: now) == .wait(number: 34))
    #expect(requests.change("c", to: [7], after: 5, now: now) == .wait(number: 35))
    let none = #"{"error":{"err_code":10037}}"#
    #expect(
      take(2, none) == [
        .answer(number: 2, .reading(.missing(revision: 0))), .send(number: 34, Self.bucket.reading("b")),
      ])
    #expect(requests.read("d", now: now) == .wait(number: 36))
    let change = Self.bucket.change("c", to: [7], after: 5)
    #expect(
      take(34, none) == [.answer(number: 34, .reading(.missing(revision: 0))), .send(number: 35, change)])
    #expect(
      take(35, #"{"stream":"KV_sessions","seq":6}"#) == [
        .answer(number: 35, .change(.changed(6))), .send(number: 36, Self.bucket.reading("d")),
      ])
  }

  @Test mutating func `who waits in line has as much time there as for the answer, and none without a connection`() {
    fill()
    now += .seconds(1)
    #expect(requests.read("b", now: now) == .wait(number: 34))
    #expect(requests.change("c", to: [7], after: 5, now: now) == .wait(number: 35))
    // Those under way have had their time: these are sent, and have all of it from now on.
    let steps = pass(.seconds(1))
    let change = Self.bucket.change("c", to: [7], after: 5)
    #expect(steps.suffix(2) == [.send(number: 34, Self.bucket.reading("b")), .send(number: 35, change)])
    #expect(steps.dropLast(2).count == BucketRequests.mostAtOnce + 1)
    for _ in 2..<BucketRequests.mostAtOnce { _ = requests.read("a", now: now) }
    #expect(requests.read("d", now: now) == .wait(number: 67))
    #expect(requests.disconnected().last == .answer(number: 67, .reading(.unanswered)))
  }

  @Test mutating func `while there is a problem the bucket is asked each second`() {
    _ = requests.connected(now: now)
    #expect(take(1, Self.noBucket) == [] && requests.problem == .noBucket)
    #expect(requests.problem?.isPassing == false)
    #expect(pass(.milliseconds(900)) == [])
    #expect(pass(.milliseconds(100)) == [.send(number: 2, Self.bucket.inspection)])
    #expect(pass(.seconds(1)) == [])
    #expect(take(2, Self.noLeader) == [] && requests.problem == .noLeader && !requests.wasFound)
    #expect(pass(.milliseconds(1)) == [.send(number: 3, Self.bucket.inspection)])
    #expect(take(3, Self.isThere) == [] && requests.problem == nil && requests.wasFound)
  }

  @Test mutating func `at a broker without users a missing bucket is made, once for each answer that it is missing`() {
    requests = BucketRequests(Self.bucket, timeout: .seconds(2), replicas: 1)
    _ = requests.connected(now: now)
    let creation = Self.bucket.creation(replicas: 1, age: BucketRequests.age)
    #expect(take(1, Self.noBucket) == [.send(number: 2, creation)])
    #expect(take(2, #"{"error":{"err_code":10047,"description":"no room"}}"#) == [])
    #expect(requests.problem == .other("no room"))
    #expect(pass(.seconds(1)) == [.send(number: 3, Self.bucket.inspection)])
    #expect(take(3, Self.noBucket) == [.send(number: 4, creation)])
    #expect(take(4, Self.isThere) == [] && requests.problem == nil)
  }

  @Test mutating func `rights that are lacking are a problem at once, those to make it that it is missing`() {
    _ = requests.connected(now: now)
    requests.complained(#"Permissions Violation for Publish to "as.w.a.1.g.2""#)
    #expect(requests.problem == .notAsked)
    let complaint = #"Permissions Violation for Publish to "$JS.API.STREAM.INFO.KV_sessions""#
    requests.complained(complaint)
    #expect(requests.problem == .lacksRights(complaint))
    #expect(requests.problem?.description.contains("broker user NAME --role gateway") == true)
    #expect(pass(.seconds(1)) == [.send(number: 2, Self.bucket.inspection)])
    requests.complained(#"Permissions Violation for Publish to "$JS.API.STREAM.CREATE.KV_sessions""#)
    #expect(requests.problem == .noBucket)
  }
}

/// An answer of a broker, as its reader delivers it.
struct TestReply {
  var result: Result<BucketReply, BucketError>

  init(_ json: String, status: Int? = nil) {
    result = Array(json.utf8).withUnsafeBytes { payload in
      BucketReply.result(
        of: BrokerMessage(subscription: 4, subjectBytes: payload, status: status, payload: payload))
    }
  }
}
