import Testing

@testable import EngineSherpa

@Suite struct SpeechSegmenterTests {
  private static let window = 512
  private var segmenter = SpeechSegmenter(SpeechTuning(), rate: 16_000)
  private var end = 0

  /// Lets windows pass until `seconds` are heard.
  private mutating func hear(until seconds: Double, isSpeech: Bool) -> [SpeechSegmenter.Action] {
    var actions: [SpeechSegmenter.Action] = []
    while end < Int(seconds * 16_000) {
      end += Self.window
      actions += segmenter.heard(upTo: end, isSpeech: isSpeech, ended: nil)
    }
    return actions
  }

  @Test mutating func `silence is nothing, and is not kept`() {
    let quiets = hear(until: 60, isSpeech: false)
    #expect(end - segmenter.needed(at: end) < 16_000)
    // Every ten seconds the detector begins anew, so that no more than those are ever needed.
    var last = 0
    for action in quiets {
      guard case .quiet(let position) = action else {
        Issue.record("\(action)")
        return
      }
      #expect((9 * 16_000...11 * 16_000).contains(position - last))
      last = position
    }
    #expect(quiets.count == 6)
  }

  @Test mutating func `speech begins before it is detected and ends after`() {
    #expect(hear(until: 2, isSpeech: false).isEmpty)
    let actions = hear(until: 4, isSpeech: true)
    #expect(actions == [.partial, .partial, .partial, .partial])
    let start = 2 * 16_000 - 4000 - 2 * Self.window - 1600
    #expect(abs((segmenter.openStart ?? 0) - start) <= 2 * Self.window)
    end += Self.window
    let speech = 30_000..<56_000
    let last = segmenter.heard(upTo: end, isSpeech: false, ended: speech)
    let opened = start + 1
    guard case .final(let range)? = last.first, last.count == 1 else {
      Issue.record("\(last)")
      return
    }
    #expect(abs(range.lowerBound - opened) <= 2 * Self.window)
    #expect(range.upperBound == 56_000 + 3200)
    #expect(segmenter.openStart == nil)
  }

  @Test mutating func `no utterance begins before the last one ended`() {
    _ = hear(until: 1, isSpeech: true)
    let first = segmenter.heard(upTo: end, isSpeech: false, ended: 2000..<end - 100)
    #expect(first == [.final(0..<end)])
    let before = end
    _ = hear(until: 2, isSpeech: true)
    #expect(segmenter.openStart == before)
  }

  @Test mutating func `a speaker without pause is cut, and the rest is ended even if the detector forgets it`() {
    guard case .cut(let within)? = hear(until: 14.1, isSpeech: true).last else {
      Issue.record("no cut")
      return
    }
    #expect(within.count == 4 * 16_000)
    let range = segmenter.cut(at: within.lowerBound + 100)
    #expect(range.upperBound == within.lowerBound + 100)
    #expect(segmenter.openStart == range.upperBound)
    // The detector begins anew at the cut: until it had time to hear speech again, the rest is taken for speech.
    end = range.upperBound
    var actions: [SpeechSegmenter.Action] = []
    while end < range.upperBound + 16_000, !actions.contains(where: { $0 != .partial }) {
      end += Self.window
      actions += segmenter.heard(upTo: end, isSpeech: false, ended: nil)
    }
    #expect(actions.last == .final(range.upperBound..<end))
    #expect(end - range.upperBound >= 16_000 * 3 / 4)
  }

  @Test mutating func `an utterance that makes others wait is cut early, and several times if it is longer already`() {
    _ = hear(until: 1, isSpeech: false)
    #expect(hear(until: 12, isSpeech: true).allSatisfy { $0 == .partial })
    segmenter.yieldsLength = true
    var start = segmenter.openStart ?? 0
    for _ in 0..<2 {
      end += Self.window
      // Its end is no reason to leave it long.
      let actions = segmenter.heard(upTo: end, isSpeech: false, ended: start..<end)
      guard case .cut(let within)? = actions.last, actions.count == 1 else {
        Issue.record("\(actions)")
        return
      }
      #expect(within == start + 2 * 16_000..<start + 5 * 16_000)
      start = segmenter.cut(at: within.upperBound - 1).upperBound
    }
    end += Self.window
    #expect(segmenter.heard(upTo: end, isSpeech: false, ended: start..<end) == [.final(start..<end)])
  }

  @Test mutating func `looks come every half second, and never before something is new`() {
    var looks: [Int] = []
    _ = hear(until: 1, isSpeech: false)
    while end < 16_000 * 11 {
      end += Self.window
      if segmenter.heard(upTo: end, isSpeech: true, ended: nil).contains(.partial) { looks.append(end) }
    }
    let gaps = zip(looks.dropFirst(), looks).map { $0 - $1 }
    #expect(gaps.allSatisfy { $0 >= 8000 && $0 <= 8000 + Self.window + 800 })
  }

  @Test mutating func `a finish ends what is open, and only that`() {
    _ = hear(until: 1, isSpeech: false)
    #expect(segmenter.finish(at: end).isEmpty)
    _ = hear(until: 2, isSpeech: true)
    let start = segmenter.openStart ?? 0
    #expect(segmenter.finish(at: end + 100) == [.final(start..<end + 100)])
    #expect(segmenter.finish(at: end + 100).isEmpty)
    #expect(segmenter.needed(at: end + 100) == end + 100)
  }
}
