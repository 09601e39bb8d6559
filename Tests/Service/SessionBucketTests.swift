import Broker
import CommandLine
import Contract
import IO
import Platform
import Support
import Testing

@testable import Server

/// The directory of sessions at a real broker.
@Suite(.serialized, .enabled(if: TestBroker.isInstalled, Comment(rawValue: TestBroker.reason)))
struct SessionBucketTests {
  /// Two gateways on one loop.
  private final class Gateways: BrokerConnection.Delegate {
    let loop: EventLoop
    private(set) var buckets: [SessionBucket] = []

    init(_ broker: TestBroker) throws {
      loop = try EventLoop()
      let settings = try Settings(
        BrokerSettings.flags, arguments: ["--broker", broker.url], environment: { _ in nil })
      for _ in 0..<2 {
        let bucket = SessionBucket(at: try #require(try BrokerSettings(settings)), on: loop, log: .silent)
        bucket.shareBroker(with: self)
        bucket.broker.start()
        buckets.append(bucket)
      }
    }

    /// Runs the loop until this holds.
    func wait(until isDone: @escaping () -> Bool) {
      let check = loop.after(.zero, repeating: .milliseconds(5)) { [unowned self] in if isDone() { loop.stop() } }
      let patience = loop.after(.seconds(20)) { [unowned self] in loop.stop() }
      loop.run()
      check.cancel()
      patience.cancel()
      #expect(isDone())
    }

    func waitForBuckets() { wait { [unowned self] in buckets.allSatisfy { $0.problem == nil } } }

    func read(_ index: Int, _ key: String) -> SessionBucket.Reading? {
      var answer: SessionBucket.Reading?
      buckets[index].read(key) { answer = $0 }
      wait { answer != nil }
      return answer
    }

    func change(_ index: Int, _ key: String, to record: String?, after revision: UInt64) -> SessionBucket.Change? {
      var answer: SessionBucket.Change?
      buckets[index].change(key, to: record.map { Array($0.utf8) }, after: revision) { answer = $0 }
      wait { answer != nil }
      return answer
    }

    func brokerConnected() {}
    func broker(lost reason: String) {}
    func broker(unreached reason: String) {}
    func broker(delivered message: BrokerMessage) {}
    func broker(complains reason: String) {}
  }

  private static func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

  @Test func `keys are changed by compare-and-set alone, and outlive the broker`() async throws {
    let broker = try await TestBroker()
    let gateways = try Gateways(broker)
    // The first one makes the bucket.
    gateways.waitForBuckets()
    #expect(gateways.read(0, "aa") == .missing(revision: 0))
    #expect(gateways.change(0, "aa", to: "one", after: 0) == .changed(1))
    #expect(gateways.change(1, "aa", to: "other", after: 0) == .conflict)
    #expect(gateways.read(1, "aa") == .found(Self.bytes("one"), revision: 1))
    #expect(gateways.change(1, "aa", to: "two", after: 1) == .changed(2))
    #expect(gateways.change(0, "aa", to: nil, after: 1) == .conflict)
    #expect(gateways.change(0, "aa", to: nil, after: 2) == .changed(3))
    #expect(gateways.read(1, "aa") == .missing(revision: 3))
    #expect(gateways.change(1, "aa", to: "three", after: 0) == .conflict)
    #expect(gateways.change(1, "aa", to: "three", after: 3) == .changed(4))

    try await broker.kill()
    var answers: [SessionBucket.Change] = []
    gateways.buckets[0].change("aa", to: [4], after: 4) { answers.append($0) }
    gateways.buckets[1].change("bb", to: nil, after: 0) { answers.append($0) }
    gateways.wait { answers.count == 2 }
    #expect(answers == [.unanswered, .unanswered])
    try await broker.start()
    gateways.wait { gateways.buckets.allSatisfy { $0.problem == nil && $0.broker.problem == nil } }
    #expect(gateways.read(0, "aa") == .found(Self.bytes("three"), revision: 4))
  }

  @Test func `of many changes at once each key takes one`() async throws {
    let broker = try await TestBroker()
    let gateways = try Gateways(broker)
    gateways.waitForBuckets()
    var answers: [String: [SessionBucket.Change]] = [:]
    let keys = (0..<300).map { "key\($0)" }
    for key in keys {
      for (index, bucket) in gateways.buckets.enumerated() {
        bucket.change(key, to: [UInt8(index)], after: 0) { answers[key, default: []].append($0) }
      }
    }
    gateways.wait { answers.values.reduce(0) { $0 + $1.count } == 600 }
    for key in keys {
      let told = answers[key] ?? []
      #expect(told.contains(.conflict) && told.contains { if case .changed = $0 { true } else { false } })
    }
  }

  @Test func `a server is given a block of client numbers that no other has`() async throws {
    let broker = try await TestBroker()
    let server = try await Cluster.server(broker)
    let gateways = try Gateways(broker)
    gateways.waitForBuckets()
    var block: Int?
    try await eventually("a block is given") {
      guard case .found(let bytes, _)? = gateways.read(0, "numbers") else { return false }
      block = Int(String(decoding: bytes, as: UTF8.self))
      return block != nil
    }
    let machine = try Machine("a", at: broker)
    try await Cluster.waitFor(1, of: server)
    let client = try RawWebSocket(port: server.port)
    #expect(try client.isMeasured(seq: 1))
    #expect(try client.receipt().clientID >> ClientNumbers.blockBits == block)
    withExtendedLifetime(machine) {}
  }

  @Test func `a server whose broker has no JetStream says which line is missing`() async throws {
    let broker = try await TestBroker(hasJetStream: false)
    let server = try await Cluster.server(broker)
    let machine = try Machine("a", at: broker)
    try await Cluster.waitFor(1, of: server)
    try await eventually("it misses the directory") {
      try Cluster.unreadiness(server).contains(
        "no directory of sessions: the broker has no JetStream: add `jetstream {")
    }
    withExtendedLifetime(machine) {}
  }
}
