import Recognition
import Testing

@testable import EngineSherpa

struct UtteranceSplitTests {
  private let rate = SpeechListener.rate

  @Test func `one that has become too long is cut where it is quietest, and goes on there`() throws {
    var samples = [Float](repeating: 0.5, count: 12 * rate)
    for index in 3 * rate..<3 * rate + rate / 5 { samples[index] = 0 }
    let waiting = SpeechListener.Utterance(
      samples: samples, range: 100..<100 + samples.count, next: 100 + samples.count - 7, ending: .silence)
    let (first, rest) = try #require(waiting.split(.init()))
    #expect((3 * rate..<3 * rate + rate / 5).contains(first.samples.count))
    #expect(first.ending == .length && rest.ending == .silence)
    #expect(first.range == 100..<100 + first.samples.count && first.next == first.range.upperBound)
    #expect(rest.range == first.range.upperBound..<waiting.range.upperBound && rest.next == waiting.next)
    #expect(first.samples + rest.samples == samples)
    // The rest is cut in its turn, until it is short enough.
    var (pieces, open) = (1, rest)
    while let (_, next) = open.split(.init()) { (pieces, open) = (pieces + 1, next) }
    #expect((2...4).contains(pieces) && open.samples.count <= 5 * rate)
  }

  @Test func `one that is short enough stays whole`() {
    let waiting = SpeechListener.Utterance(
      samples: [Float](repeating: 0.5, count: 5 * rate), range: 0..<5 * rate, next: 5 * rate, ending: .silence)
    #expect(waiting.split(.init()) == nil)
  }
}
