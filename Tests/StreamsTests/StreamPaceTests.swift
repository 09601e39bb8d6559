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

  @Test func `of audio that came to another server it is not known when, until more comes`() throws {
    var pace = StreamPace(after: 20)
    #expect(pace.age(of: 19, now: 27_404) == nil)
    pace.add(0.1, now: 27_404.1)
    #expect(abs(try #require(pace.age(of: 20.1, now: 27_404.1))) < 1e-6)
    #expect(abs(try #require(pace.age(of: 19, now: 27_404.1)) - 1.1) < 1e-6)
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

  @Test func `a live stream that was not read for a while is still live when the rest comes in one go`() {
    var pace = StreamPace()
    #expect(live(of: 100, seconds: 0.1, each: 0.1, then: &pace) == 100)
    pace.holdBack()
    // 20 s of it.
    for _ in 0..<200 {
      pace.add(0.1, now: 1030)
      #expect(pace.isLive)
    }
    for _ in 0..<30 { pace.add(0.1, now: 1030) }
    #expect(!pace.isLive)
  }

  @Test func `a stream that is faster than real time is no live one for not being read`() {
    var pace = StreamPace()
    for _ in 0..<100 { pace.add(0.1, now: 1) }
    pace.holdBack()
    for _ in 0..<100 { pace.add(0.1, now: 31) }
    #expect(!pace.isLive)
  }

  @Test func `a text is as old as the end of its audio`() throws {
    var pace = StreamPace()
    #expect(live(of: 100, seconds: 0.1, each: 0.1, then: &pace) == 100)
    // The last chunk came at 1009.9 s and ends at 10 s of the stream.
    #expect(abs(try #require(pace.age(of: 10, now: 1009.9))) < 1e-6)
    #expect(abs(try #require(pace.age(of: 8, now: 1012.9)) - 5) < 1e-6)
    // A client that paused by itself did not send later what it sends now.
    pace.add(0.1, now: 1100)
    #expect(abs(try #require(pace.age(of: 10.1, now: 1101)) - 1) < 1e-6)
    // One that was not read did.
    pace.holdBack()
    pace.add(0.1, now: 1110)
    pace.add(0.1, now: 1110)
    #expect(abs(try #require(pace.age(of: 10.1, now: 1110)) - 10) < 1e-6)
    for _ in 0..<1000 { pace.add(0.1, now: 1111) }
    #expect(pace.age(of: 10, now: 1112) == nil)
  }
}
