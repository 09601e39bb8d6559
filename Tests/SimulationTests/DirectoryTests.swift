import Support
import Testing

@testable import Broker
@testable import Server

/// Several gateways that change the same keys, in a net that loses requests and answers and cuts connections.
struct DirectoryTests {
  @Test(arguments: Seed.fresh)
  func `what a gateway is told of a change is so, and each request is answered once`(_ seed: Seed) {
    let clock = SimulatedClock(seed, isTraced: false)
    let broker = SimulatedBroker(clock)
    broker.manners.oneLostIn = 200
    let gateways = (1...3).map { SimulatedUser($0, clock, broker) }
    for gateway in gateways { gateway.begin() }
    for _ in 0..<10 {
      clock.after(clock.draw(20_000_000)) { gateways[clock.draw(3)].host.breakBroker() }
    }
    clock.after(clock.draw(20_000_000)) { broker.restart(after: 3_000_000) }
    while clock.step(until: 20_000_000) {}
    broker.manners.oneLostIn = 0
    for gateway in gateways { gateway.isEnding = true }
    while clock.step(until: 30_000_000) {}
    #expect(clock.broken == nil, "\(clock.broken ?? "")")
    for gateway in gateways {
      #expect(gateway.waiting == 0 && gateway.bucket.problem == nil)
      #expect(gateway.told.changed > 20 && gateway.told.conflict > 5 && gateway.told.unanswered > 5)
      // Both kinds of what nobody knows.
      #expect(0 < gateway.told.applied && gateway.told.applied < gateway.told.unanswered)
    }
    #expect(broker.directory.history.count == gateways.reduce(0) { $0 + $1.told.changed + $1.told.applied })
    clock.end()
  }
}

/// A gateway that reads and changes keys again and again, each time to a record that nobody else sets.
private final class SimulatedUser: BrokerConnection.Delegate {
  struct Told {
    var changed = 0
    var conflict = 0
    var unanswered = 0
    /// Of the unanswered ones.
    var applied = 0
  }

  let host: SimulatedHost
  let bucket: SessionBucket
  var isEnding = false
  private(set) var told = Told()
  /// Requests without an answer so far.
  private(set) var waiting = 0
  private let number: Int
  private let clock: SimulatedClock
  private let broker: SimulatedBroker
  private var sent = 0
  /// The last revision that it read.
  private var newest: UInt64 = 0
  private var doubtful: [[UInt8]] = []

  init(_ number: Int, _ clock: SimulatedClock, _ broker: SimulatedBroker) {
    self.number = number
    self.clock = clock
    self.broker = broker
    host = SimulatedHost(clock, broker, SimulatedRules())
    bucket = SessionBucket(broker: host, loop: host, name: "g\(number).1", timeout: .milliseconds(200))
  }

  func begin() {
    bucket.shareBroker(with: self)
    host.round { [self] in host.start() }
    next()
  }

  private func next() {
    clock.after(clock.draw(in: 200..<4_000)) { [self] in host.round { [self] in read() } }
  }

  /// Each is called once.
  private func once<Answer>(_ body: @escaping (Answer) -> Void) -> (Answer) -> Void {
    waiting += 1
    var isAnswered = false
    return { [self] answer in
      clock.check(!isAnswered, "gateway \(number) is answered twice")
      isAnswered = true
      waiting -= 1
      body(answer)
    }
  }

  private func read() {
    guard !isEnding else {
      // Nothing is under way any more.
      told.applied = doubtful.count { broker.directory.history.contains($0) }
      return
    }
    let key = "key"
    bucket.read(
      key,
      once { [self] reading in
        switch reading {
        case .unanswered: next()
        case .missing(let revision):
          clock.check(entry(revision) == nil, "gateway \(number) misses what is there")
          change(key, after: revision)
        case .found(let record, let revision):
          clock.check(entry(revision) == record, "gateway \(number) reads what was not set")
          clock.check(revision >= newest, "gateway \(number) reads the past")
          newest = revision
          change(key, after: revision)
        }
      })
  }

  /// The record that a change has set; nil too if there was none.
  private func entry(_ revision: UInt64) -> [UInt8]? {
    let history = broker.directory.history
    let index = Int(revision) - 1
    return history.indices.contains(index) ? history[index] : nil
  }

  private func change(_ key: String, after revision: UInt64) {
    sent += 1
    let record = Array("\(number) \(sent)".utf8)
    bucket.change(
      key, to: record, after: revision,
      once { [self] change in
        switch change {
        case .changed(let revision):
          told.changed += 1
          clock.check(entry(revision) == record, "gateway \(number) is told of a change that is none")
        case .conflict:
          told.conflict += 1
          clock.check(!broker.directory.history.contains(record), "gateway \(number) is not told of its change")
        case .unanswered:
          told.unanswered += 1
          doubtful.append(record)
        }
        next()
      })
  }

  func brokerConnected() {}
  func broker(lost reason: String) {}
  func broker(unreached reason: String) {}
  func broker(delivered message: BrokerMessage) {}
  func broker(complains reason: String) {}
}
