import Recognition
import Support
import Testing

/// Where tables begin to look for streams: numbers are given in turn, and no secret scatters them.
@Suite struct StreamIDTests {
  /// How far from its first place a stream lies at the most, and on average, in a table as the standard library's: each
  /// place that is taken leads to the next one.
  private func distances(_ streams: [StreamID]) -> (most: Int, average: Double) {
    var places = 1
    while places * 3 < streams.count * 4 { places *= 2 }
    var taken = [Bool](repeating: false, count: places)
    var (most, sum) = (0, 0)
    for stream in streams {
      var distance = 0
      var place = stream._rawHashValue(seed: 0) & (places - 1)
      while taken[place] {
        place = (place + 1) & (places - 1)
        distance += 1
      }
      taken[place] = true
      most = max(most, distance)
      sum += distance
    }
    return (most, Double(sum) / Double(streams.count))
  }

  private func streams(_ numbers: some Sequence<Int>, gateway: UInt64 = 7, block: Int = 1_764_000_000) -> [StreamID] {
    numbers.map { StreamID(gateway: gateway, number: UInt64(block << 20 + $0)) }
  }

  @Test func `streams that were opened one after the other lie side by side`() {
    let hashes = streams(0..<4096).map { $0._rawHashValue(seed: 0) }
    for start in stride(from: 0, to: hashes.count, by: 8) {
      #expect(Array(hashes[start..<start + 8]) == (0..<8).map { hashes[start] + $0 })
    }
    #expect(Set(hashes).count == hashes.count)
    #expect(distances(streams(0..<3500)).average < 4)
  }

  @Test func `streams of before and after a restart do not want the same places`() {
    let found = distances(streams(1...3500) + streams(1...3500, block: 1_764_003_600))
    #expect(found.average < 8 && found.most < 400, "\(found)")
  }

  @Test(arguments: Seed.fresh) func `nor do those of several gateways`(_ seed: Seed) {
    var random = seed.random
    let gateways = (0..<8).map { _ in UInt64.random(in: 0 ... .max, using: &random) }
    let found = distances(gateways.flatMap { streams(1...500, gateway: $0) })
    #expect(found.average < 16 && found.most < 800, "\(found)")
  }

  @Test(arguments: Seed.fresh) func `nor do few old ones and many new ones`(_ seed: Seed) {
    var random = seed.random
    let old = Set((0..<1000).map { _ in Int.random(in: 1...900_000, using: &random) })
    let found = distances(streams(old) + streams(900_001...902_500))
    #expect(found.average < 16 && found.most < 800, "\(found)")
  }
}
