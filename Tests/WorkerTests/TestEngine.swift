import Recognition
import Synchronization

/// An engine that does what the test tells it to, from the test's thread. For one stream.
final class TestEngine: RecognizerFactory, Sendable {
  private final class OneStream: Recognizer {
    let engine: TestEngine
    init(_ engine: TestEngine) { self.engine = engine }
    func accept(_ chunk: AudioChunk) {
      engine.heard.withLock { $0.append(chunk.bytes.count) }
      engine.frames.withLock { $0.append(chunk.startFrame) }
    }
    func recall(_ chunk: AudioChunk) { accept(chunk) }
    func finish(_ done: @escaping @Sendable () -> Void) { engine.finishes.withLock { $0.append(done) } }
    var backlogSeconds: Double { engine.backlogSeconds.withLock(\.self) }
    var isBehind: Bool { engine.isBehind.withLock(\.self) }
    func whenCaughtUp(_ done: @escaping @Sendable () -> Void) { engine.waiting.withLock { $0.append(done) } }
  }

  let heard = Mutex<[Int]>([])
  let frames = Mutex<[Int]>([])
  let checkpoint = Mutex<Checkpoint?>(nil)
  let isBehind = Mutex(false)
  let backlogSeconds = Mutex(0.0)
  private let sink = Mutex<(any TranscriptSink)?>(nil)
  private let finishes = Mutex<[@Sendable () -> Void]>([])
  private let waiting = Mutex<[@Sendable () -> Void]>([])

  let isContinuous = true
  let models = [EngineModel(name: "test", languages: ["en"])]

  func recognizer(
    stream: StreamID, request: StreamRequest, from checkpoint: Checkpoint, sink: any TranscriptSink
  ) -> any Recognizer {
    self.checkpoint.withLock { $0 = checkpoint }
    self.sink.withLock { $0 = sink }
    return OneStream(self)
  }

  func push(_ update: TranscriptUpdate, _ progress: RecognitionProgress) {
    sink.withLock(\.self)?.push(update, progress)
  }

  func push(_ text: FinalText) { sink.withLock(\.self)?.push(text) }

  func decoded(_ time: DecodingTime) { sink.withLock(\.self)?.decoded(time) }

  func finishAll() {
    for done in finishes.withLock({ $0 }) { done() }
  }

  func catchUp() {
    isBehind.withLock { $0 = false }
    for done in waiting.withLock({ $0 }) { done() }
  }
}

/// A whole engine: what a new one needs.
struct EchoFactory: RecognizerFactory {
  private final class Echo: Recognizer {
    let sink: any TranscriptSink
    init(_ sink: any TranscriptSink) { self.sink = sink }
    func accept(_ chunk: AudioChunk) {
      let segment = Segment(number: chunk.seq, start: 0, end: 0, text: "\(chunk.bytes.count) bytes")
      sink.push(TranscriptUpdate(segment: segment, stableWords: 2, isFinal: true), RecognitionProgress())
    }
    func recall(_ chunk: AudioChunk) {}
    func finish(_ done: @escaping @Sendable () -> Void) { done() }
  }

  var isContinuous: Bool { false }

  func recognizer(
    stream: StreamID, request: StreamRequest, from: Checkpoint, sink: any TranscriptSink
  ) -> any Recognizer { Echo(sink) }
}
