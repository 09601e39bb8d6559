import Testing

@testable import Streams

struct StreamPaceTests {
  /// How many of the chunks were live, the first arriving at once and each other after `pause`.
  private func live(of chunks: Int, seconds: Double, each pause: Double, then pace: inout StreamPace) -> Int {
    var now = 1000.0
    var count = 0
    for _ in 0..<chunks {
      pace.add(seconds, now: now)
      if pace.isLive { count += 1 }
      now += pause
    }
    return count
  }

  @Test(arguments: [(0.02, 20), (0.1, 100), (1, 1000), (30, 30_000), (0.1, 96), (0.1, 1000)])
  func `audio in real time is live, with any clock and chunks of any size`(seconds: Double, milliseconds: Int) {
    var pace = StreamPace()
    #expect(live(of: 10_000, seconds: seconds, each: Double(milliseconds) / 1000, then: &pace) == 10_000)
  }

  @Test func `audio that is sent as fast as possible is not, but for its first half second`() {
    var pace = StreamPace()
    #expect(live(of: 1000, seconds: 0.1, each: 0.000_15, then: &pace) == 6)
  }

  @Test func `what a network held up and delivers at once is still live`() {
    var pace = StreamPace()
    #expect(live(of: 100, seconds: 0.1, each: 0.1, then: &pace) == 100)
    for _ in 0..<5 {
      pace.add(0.1, now: 2000)
      #expect(pace.isLive)
    }
  }

  @Test func `soon after a whole file in no time, live audio is live again`() {
    var pace = StreamPace()
    for _ in 0..<10_000 { pace.add(0.1, now: 1) }
    pace.add(0.1, now: 1.1)
    #expect(!pace.isLive)
    pace.add(0.1, now: 3)
    #expect(pace.isLive)
  }
}
