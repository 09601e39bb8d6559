import Audio
import Recognition
import Testing

@testable import Streams

/// How much audio is heard, for clients that wait for silence.
struct HeardTests {
  private func stream(_ wishes: UtteranceWishes) -> TestStream {
    let stream = TestStream(isContinuous: true)
    _ = stream.start(StreamRequest(format: .standard, engine: "speech", utterances: wishes))
    for _ in 1...2 { stream.receive([UInt8](repeating: 1, count: 32_000)) }
    _ = stream { $0.assigned(slot: 0, isReady: true) }
    return stream
  }

  private func heard(_ actions: StreamActions) -> [Double] {
    actions.compactMap { if case .emit(.heard(let seconds)) = $0 { seconds } else { nil } }
  }

  @Test func `what was answered is heard, but for what waits`() {
    let stream = stream(UtteranceWishes(bounds: true))
    let first = stream { $0.answered(seq: 1, levels: .loud, RecognitionProgress(backlogSeconds: 1), []) }
    let second = stream { $0.answered(seq: 2, levels: .loud, RecognitionProgress(backlogSeconds: 1.5), []) }
    #expect(heard(first) == [0])
    #expect(heard(second) == [0.5])
    #expect(heard(stream { $0.updated(RecognitionProgress(backlogSeconds: 0.25), []) }) == [1.75])
  }

  @Test func `it is told after the texts that are known with it`() {
    let stream = stream(UtteranceWishes(bounds: true))
    let actions = stream { $0.answered(seq: 1, levels: .loud, RecognitionProgress(), [.final(1)]) }
    let events = actions.map { action in
      switch action {
      case .emit(.update): "update"
      case .emit(.heard): "heard"
      case .emit(.result): "result"
      default: "other"
      }
    }
    #expect(events == ["update", "heard", "result"])
  }

  @Test func `nobody else is told`() {
    let stream = stream(UtteranceWishes())
    #expect(heard(stream { $0.answered(seq: 1, levels: .loud, RecognitionProgress(), []) }) == [])
  }
}
