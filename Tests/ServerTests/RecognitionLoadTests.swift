import CommandLine
import Dialects
import Testing

@testable import Server

struct RecognitionLoadTests {
  private func load(_ whenFull: OverloadSettings.WhenFull) -> RecognitionLoad {
    RecognitionLoad(OverloadSettings(longestDelay: 5, whenFull: whenFull))
  }

  @Test func `95 of 100 finals of the last half minute count, and a few say nothing`() {
    var delays = FinalDelays()
    for index in 0..<4 { delays.add(60, now: Double(index)) }
    #expect(delays.p95(now: 4) == nil)
    for index in 0..<96 { delays.add(1, now: 4 + Double(index) / 100) }
    #expect(delays.p95(now: 5) == 1)
    for _ in 0..<2 { delays.add(60, now: 5) }
    #expect(delays.p95(now: 5) == 60)
    // The oldest no longer count.
    #expect(delays.p95(now: 33.5) == 1)
    #expect(delays.p95(now: 36) == nil)
  }

  @Test func `the newest are kept, however many come`() {
    var delays = FinalDelays()
    for index in 0..<10_000 { delays.add(Double(index), now: 0) }
    #expect(delays.p95(now: 0) == 9_987)
  }

  @Test func `above the limit a new stream is refused, or delayed`() {
    var refusing = load(.refuse)
    var delaying = load(.delay)
    #expect(refusing.admission(now: 0) == .admit)
    for _ in 0..<10 {
      refusing.add(5, now: 0)
      delaying.add(5, now: 0)
    }
    #expect(refusing.admission(now: 0) == .admit)
    #expect(delaying.admission(now: 0) == .admit)
    for _ in 0..<10 {
      refusing.add(7.5, now: 1)
      delaying.add(7.5, now: 1)
    }
    #expect(refusing.admission(now: 1) == .refuse(RejectedForDelay(seconds: 7.5, limitSeconds: 5)))
    #expect(delaying.admission(now: 1) == .delay(seconds: 7.5))
    #expect(
      refusing.excess(now: 1)?.sentence.hasSuffix("final texts come 7.5 s late, limit 5 s: try again later") == true)
    #expect(refusing.admission(now: 32) == .admit)
  }
}
