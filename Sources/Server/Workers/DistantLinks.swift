import Platform
import Transports

/// The links of one loop to workers at a broker.
struct DistantLinks {
  private var slots: [DistantLink?] = Array(repeating: nil, count: Fleet.mostWorkers + 1)
  private var subscriptions: [Int: DistantLink] = [:]
  /// Links so far; each has a number of its own.
  private var last = 0
  /// Counters of links that have ended, and of the broker.
  private var past = LinkCounters()

  subscript(slot: Int) -> DistantLink? { slots[slot] }
  var all: some Sequence<DistantLink> { subscriptions.values }
  func link(subscription: Int) -> DistantLink? { subscriptions[subscription] }

  /// A new link for an empty slot.
  mutating func add(_ slot: Int) -> DistantLink {
    last += 1
    let link = DistantLink(slot: slot, channel: BrokerChannel(link: UInt64(last), hasWindow: true))
    slots[slot] = link
    subscriptions[link.subscription] = link
    return link
  }

  /// - Parameter ending: nil: the server ends.
  mutating func remove(_ slot: Int, because ending: LinkEnding?) -> DistantLink? {
    guard let link = slots[slot] else { return nil }
    slots[slot] = nil
    subscriptions[link.subscription] = nil
    if let ending { past.endings[ending, default: 0] += 1 }
    past.fullWindows += link.channel.fullWindows
    return link
  }

  /// A message has come back from the broker.
  mutating func echoed(after seconds: Double) { past.echoes.add(seconds) }

  var counters: LinkCounters {
    var counters = past
    counters.fullWindows += all.reduce(0) { $0 + $1.channel.fullWindows }
    return counters
  }
}

/// The way to the worker in a slot.
final class DistantLink {
  let slot: Int
  let channel: BrokerChannel
  /// Of the link's frames, as both sides have agreed.
  var version = 0
  /// Chunks it was sent and has not answered.
  var owedChunks = 0
  /// When the last heartbeat was sent that is not answered, and how long the last one took that is.
  var heartbeatSince: Double?
  var heartbeatSeconds: Double?

  init(slot: Int, channel: BrokerChannel) {
    self.slot = slot
    self.channel = channel
  }

  /// Below these are the numbers of subscriptions to other subjects.
  private static let firstSubscription = 16

  /// The number of the subscription to its answers.
  var subscription: Int { Self.firstSubscription + Int(channel.number) }
}
