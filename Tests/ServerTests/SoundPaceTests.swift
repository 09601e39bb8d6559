import Testing

@testable import Server

struct SoundPaceTests {
  /// How many of the chunks were taken for live, the first coming at once and each other after `pause`.
  private func live(of chunks: Int, seconds: Double, each pause: Double, then pace: inout SoundPace) -> Int {
    var now = 1000.0
    var count = 0
    for _ in 0..<chunks {
      if pace.isLive(adding: seconds, now: now) { count += 1 }
      now += pause
    }
    return count
  }

  @Test(arguments: [(0.02, 20), (0.1, 100), (1, 1000), (30, 30_000), (0.1, 96), (0.1, 1000)])
  func `sound as fast as it lasts is live, on any clock and in any pieces`(seconds: Double, milliseconds: Int) {
    var pace = SoundPace()
    #expect(live(of: 10_000, seconds: seconds, each: Double(milliseconds) / 1000, then: &pace) == 10_000)
  }

  @Test func `what is sent as fast as it goes is not, but for its first half second`() {
    var pace = SoundPace()
    #expect(live(of: 1000, seconds: 0.1, each: 0.000_15, then: &pace) == 6)
  }

  @Test func `what a network held up and delivers at once is still live`() {
    var pace = SoundPace()
    #expect(live(of: 100, seconds: 0.1, each: 0.1, then: &pace) == 100)
    let now = 2000.0
    let delivered = (0..<5).map { _ in pace.isLive(adding: 0.1, now: now) }
    #expect(!delivered.contains(false))
  }

  @Test func `after a file in no time, a moment of live sound is live again`() {
    var pace = SoundPace()
    let start = 1.0
    for _ in 0..<100_000 { _ = pace.isLive(adding: 0.1, now: start) }
    let soon = pace.isLive(adding: 0.1, now: start + 0.1)
    let later = pace.isLive(adding: 0.1, now: start + 2)
    #expect(!soon && later)
  }
}
