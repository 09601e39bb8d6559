import Support
import Testing
import WorkerLink

@testable import Server

/// Streams that move while several gateways use the same workers.
struct StreamMovesTests {
  /// Gateways that know each other only by what workers say.
  private final class Cluster {
    private var gateways: [Fleet]
    /// Of each worker, all gateways' together.
    private(set) var streams: [Int]
    private(set) var moved = 0
    private static let capacity = 1000

    init(gateways: Int, workers: Int, _ seed: Seed) {
      streams = Array(repeating: 0, count: workers)
      self.gateways = (0..<gateways).map { number in
        var random = SeededRandom(seed: seed.number &+ UInt64(number))
        var fleet = Fleet(timeout: .seconds(2), machine: "g\(number)") { Int.random(in: 0..<$0, using: &random) }
        _ = fleet.connected()
        return fleet
      }
      for worker in 0..<workers { join(worker) }
    }

    private func join(_ worker: Int) {
      for index in gateways.indices {
        guard case .link(let slot) = hello(worker, to: index) else { continue }
        gateways[index].ready(slot)
      }
    }

    private func hello(_ worker: Int, to gateway: Int) -> Fleet.Greeting {
      gateways[gateway].hello(
        "m\(worker).1",
        WorkerAnnouncement(engines: ["mock"], streams: streams[worker], capacity: Self.capacity))
    }

    /// Slots are given from 1, in the order in which workers have joined.
    private func assign(_ gateway: Int) { streams[gateways[gateway].assign("mock") - 1] += 1 }

    func add(_ count: Int) { for number in 0..<count { assign(number % gateways.count) } }

    func addWorkers(_ count: Int) {
      for worker in streams.count..<streams.count + count {
        streams.append(0)
        join(worker)
      }
    }

    func run(seconds: Int) {
      moved = 0
      for beat in 0..<seconds * 8 {
        // Workers say hello each second, not all at once.
        for worker in streams.indices where (beat + worker) % 8 == 0 {
          for index in gateways.indices { _ = hello(worker, to: index) }
        }
        for index in gateways.indices { move(index) }
      }
    }

    private func move(_ gateway: Int) {
      guard let excess = gateways[gateway].excess() else { return }
      moved += excess.streams
      for _ in 0..<excess.streams {
        gateways[gateway].streamEnded(on: excess.slot)
        streams[excess.slot - 1] -= 1
        assign(gateway)
      }
      gateways[gateway].moved(excess.streams)
    }
  }

  @Test(arguments: [1, 2, 8], [2, 6])
  func `a minute after workers join, shares differ by a fifth at most, and nothing moves any more`(
    _ gateways: Int, _ workers: Int
  ) {
    for number in 0..<2 {
      let cluster = Cluster(gateways: gateways, workers: workers, Seed(UInt64(100 * number)))
      cluster.add(1000)
      cluster.addWorkers(workers / 2)
      cluster.run(seconds: 60)
      let (most, fewest) = (cluster.streams.max() ?? 0, cluster.streams.min() ?? 0)
      #expect(Double(most - fewest) <= 0.2 * Double(most), "\(cluster.streams)")
      #expect(cluster.streams.reduce(0, +) == 1000)
      cluster.run(seconds: 10)
      #expect(cluster.moved == 0, "\(cluster.streams)")
    }
  }

  @Test func `few streams of many gateways move, too`() {
    let cluster = Cluster(gateways: 4, workers: 1, Seed(7))
    cluster.add(4)
    cluster.addWorkers(1)
    cluster.run(seconds: 60)
    #expect(cluster.streams == [2, 2])
  }
}
