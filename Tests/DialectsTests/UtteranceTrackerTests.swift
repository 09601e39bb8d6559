import Recognition
import Testing

@testable import Dialects
@testable import Streams

struct UtteranceTrackerTests {
  private func told(_ updates: TranscriptUpdate...) -> [String] {
    var tracker = UtteranceTracker()
    return updates.flatMap { tracker.take($0) }.map { event in
      switch event {
      case .began(let segment, let isContinued): "began \(segment.number)\(isContinued ? " continued" : "")"
      case .partial(let segment, _): "partial \(segment.number) \(segment.text)"
      case .over(let segment, _): "over \(segment.number)"
      case .final(let segment, let ending): "final \(segment.number) \(segment.text) \(ending)"
      }
    }
  }

  @Test func `an utterance begins, is over, and has its text, each told once`() {
    #expect(
      told(
        .begun(1, 0.5), .partial(1, "a"), .begun(1, 0.5), .over(1, .silence), .over(1, .silence),
        .final(1, "a b", .silence), .final(1, "again", .silence), .partial(1, "late"))
        == ["began 1", "partial 1 a", "over 1", "final 1 a b silence"])
  }

  @Test func `what was not told before is told with what comes`() {
    #expect(told(.final(1, "a", .length)) == ["began 1", "over 1", "final 1 a length"])
    #expect(told(.over(3, .silence)) == ["began 3", "over 3"])
  }

  @Test func `the next one may begin before the text of the one before is known`() {
    #expect(
      told(.over(1, .length), .begun(2, 3), .final(1, "a", .length), .final(2, "", .silence))
        == ["began 1", "over 1", "began 2 continued", "final 1 a length", "over 2", "final 2  silence"])
  }

  @Test func `one without an ending was ended by silence`() {
    #expect(told(.final(1, "a")) == ["began 1", "over 1", "final 1 a silence"])
  }

  @Test func `it is open from its begin to its text`() {
    var tracker = UtteranceTracker()
    #expect(!tracker.isOpen)
    _ = tracker.take(.begun(1, 0))
    _ = tracker.take(.over(1, .silence))
    #expect(tracker.isOpen)
    _ = tracker.take(.final(1, "", .silence))
    #expect(!tracker.isOpen)
  }

  @Test func `the names of requests and models are UUIDs`() {
    #expect(ServiceID.text(of: "abc") == "00000000-0000-0000-0000-000000000abc")
    #expect(ServiceID.text(ofModel: "a") == ServiceID.text(ofModel: "a"))
    #expect(ServiceID.text(ofModel: "a") != ServiceID.text(ofModel: "b"))
    #expect(ServiceID.random() != ServiceID.random())
    #expect(ServiceID.random().uuid.count == 36)
  }
}
