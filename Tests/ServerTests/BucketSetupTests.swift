import Testing

@testable import Broker
@testable import Server

@Suite struct BucketSetupTests {
  private static let bucket = SessionBucket.bucket
  private var setup = BucketSetup(bucket, replicas: 3)

  private static func isThere(_ replicas: Int) -> String { #"{"config":{"num_replicas":\#(replicas)}}"# }
  private static let noBucket = #"{"error":{"err_code":10059}}"#

  private mutating func take(_ json: String) -> BucketSetup.Step { setup.take(TestReply(json).result) }

  @Test mutating func `a bucket that is missing is made`() {
    #expect(setup.ask() == .send(Self.bucket.inspection))
    #expect(take(Self.noBucket) == .send(Self.bucket.creation(replicas: 3, age: .seconds(1800))))
    #expect(take(Self.isThere(3)) == .done("made the bucket `sessions`, with 3 replicas"))
  }

  @Test mutating func `one that is there stays, with as many replicas as are wanted`() {
    _ = setup.ask()
    #expect(take(Self.isThere(3)) == .done("the bucket `sessions` is there, with 3 replicas"))
    _ = setup.ask()
    #expect(take(Self.isThere(1)) == .send(Self.bucket.configuring(replicas: 3, age: .seconds(1800))))
    #expect(take(Self.isThere(3)) == .done("the bucket `sessions` has 3 replicas now, and had 1"))
  }

  @Test mutating func `brokers that are being started are waited for`() {
    for code in [10005, 10008] {
      _ = setup.ask()
      guard case .wait = take(#"{"error":{"err_code":\#(code)}}"#) else {
        Issue.record("\(code) is not waited for")
        return
      }
    }
    #expect(setup.ask() == .send(Self.bucket.inspection))
  }

  @Test mutating func `errors say what would be right`() {
    let cases = [
      (#"{"error":{"err_code":10074}}"#, "--replicas 1"), (#"{"error":{"err_code":10039}}"#, "jetstream {"),
      (#"{"error":{"err_code":10047,"description":"no room"}}"#, "no room"), ("?", "can't be read"),
    ]
    for (json, advice) in cases {
      _ = setup.ask()
      guard case .fail(let reason) = take(json), reason.contains(advice) else {
        Issue.record("\(json) is told otherwise")
        return
      }
    }
  }
}
