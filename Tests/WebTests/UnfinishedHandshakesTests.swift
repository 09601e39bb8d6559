import Support
import Testing

@testable import Web

struct UnfinishedHandshakesTests {
  @Test func `above the maximum the oldest of the network with the most goes`() {
    var handshakes = UnfinishedHandshakes<Int>(maximum: 4)
    #expect(handshakes.enter(1, from: "a", limit: 0) == nil)
    for id in 2...4 { #expect(handshakes.enter(id, from: "b", limit: 0) == nil) }
    #expect(handshakes.enter(5, from: "c", limit: 0) == 2)
    #expect(handshakes.enter(6, from: "b", limit: 0) == 3)
    #expect(handshakes.enter(7, from: "b", limit: 0) == 4)
    #expect(handshakes.count == 4)
  }

  @Test func `where no network has two, the oldest of all goes`() {
    var handshakes = UnfinishedHandshakes<Int>(maximum: 3)
    for id in 1...3 { #expect(handshakes.enter(id, from: "\(id)", limit: 0) == nil) }
    handshakes.leave(1)
    #expect(handshakes.enter(4, from: "4", limit: 0) == nil)
    #expect(handshakes.enter(5, from: "5", limit: 0) == 2)
  }

  @Test func `a network has only so many, and displaces its own`() {
    var handshakes = UnfinishedHandshakes<Int>(maximum: 100)
    for id in 1...2 { #expect(handshakes.enter(id, from: "a", limit: 2) == nil) }
    #expect(handshakes.enter(3, from: "a", limit: 2) == 1)
    #expect(handshakes.enter(4, from: "b", limit: 2) == nil)
    handshakes.leave(3)
    #expect(handshakes.enter(5, from: "a", limit: 2) == nil)
    #expect(handshakes.evict(from: "a") == 2)
    #expect(handshakes.evict(from: "nowhere") == nil)
  }

  /// Compared with a list that is searched.
  @Test(arguments: Seed.fresh) func `whatever comes and goes, the right one is displaced`(_ seed: Seed) {
    var random = seed.random
    var handshakes = UnfinishedHandshakes<Int>(maximum: 12)
    var list: [(id: Int, network: String)] = []
    for step in 0..<5000 {
      if Int.random(in: 0..<3, using: &random) == 0, let index = list.indices.randomElement(using: &random) {
        handshakes.leave(list.remove(at: index).id)
        continue
      }
      let network = "\(Int.random(in: 0..<5, using: &random))"
      list.append((step, network))
      let counts = Dictionary(grouping: list, by: \.network).mapValues(\.count)
      let evicted = handshakes.enter(step, from: network, limit: 6)
      if let evicted {
        guard let index = list.firstIndex(where: { $0.id == evicted }) else {
          Issue.record("\(evicted) is not there")
          return
        }
        let loser = list.remove(at: index).network
        #expect(!list[..<index].contains { $0.network == loser }, "an older one of its network stays")
        #expect(counts[loser] == (counts[network, default: 0] > 6 ? 7 : counts.values.max()))
      } else {
        #expect(list.count <= 12 && counts[network, default: 0] <= 6)
      }
      #expect(handshakes.count == list.count)
    }
  }
}
