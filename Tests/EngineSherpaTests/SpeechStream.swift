import Audio
import EngineSherpa
import Recognition
import Support
import Synchronization
import Testing

/// One stream fed as a worker feeds it.
final class SpeechStream {
  private final class Sink: TranscriptSink {
    let transcript = Mutex(Transcript())
    func push(_ update: TranscriptUpdate?, _ progress: RecognitionProgress) {
      transcript.withLock { transcript in
        if let update { transcript.updates.append(update) }
        guard let checkpoint = progress.checkpoint else {
          Issue.record("the engine needs no earlier audio")
          return
        }
        if checkpoint != transcript.checkpoints.last { transcript.checkpoints.append(checkpoint) }
      }
    }
  }

  let format: AudioFormat
  private let sink = Sink()
  private let recognizer: any Recognizer
  private var seq = 0
  private var frames = 0
  /// Whether its words may come after those of others.
  var yields = false

  init(
    _ engine: SpeechEngine, _ format: AudioFormat = .standard, stream: UInt64 = 1,
    from checkpoint: Checkpoint = Checkpoint(frame: 0), model: String? = nil, language: String? = nil,
    wishes: UtteranceWishes = UtteranceWishes()
  ) {
    self.format = format
    frames = Int(checkpoint.frame)
    recognizer = engine.recognizer(
      stream: StreamID(gateway: 1, number: stream),
      request: StreamRequest(
        format: format, engine: "speech", model: model, language: language, utterances: wishes),
      from: checkpoint, sink: sink)
  }

  /// What was pushed by now.
  var transcript: Transcript { sink.transcript.withLock(\.self) }

  /// Sends `bytes` in chunks of `chunkSeconds`, as fast as the engine keeps up, as a worker does; or slower.
  func send(_ bytes: [UInt8], chunkSeconds: Double = 0.1, pause: Duration? = nil) async throws {
    let chunkBytes = Int(chunkSeconds * Double(format.sampleRate)) * format.frameBytes
    for start in stride(from: 0, to: bytes.count, by: chunkBytes) {
      let end = min(start + chunkBytes, bytes.count)
      seq += 1
      bytes[start..<end].withUnsafeBytes { chunk in
        recognizer.accept(
          AudioChunk(seq: seq, startFrame: frames, chunkBytes: chunk.count, yields: yields, bytes: chunk))
      }
      frames += (end - start) / format.frameBytes
      if let pause { try await Task.sleep(for: pause) }
      if recognizer.isBehind { await withCheckedContinuation { done in recognizer.whenCaughtUp { done.resume() } } }
    }
  }

  /// Waits until everything is final; returns the transcript.
  @discardableResult func finish() async -> Transcript {
    await withCheckedContinuation { done in recognizer.finish { done.resume() } }
    return transcript
  }

  /// Asks for everything to be final and does not wait.
  func requestFinish(_ done: @escaping @Sendable () -> Void) { recognizer.finish(done) }

  /// The transcript of a whole recording.
  static func transcript(
    _ engine: SpeechEngine, _ format: AudioFormat, _ bytes: [UInt8], chunkSeconds: Double = 0.1
  ) async throws -> Transcript {
    let stream = SpeechStream(engine, format)
    try await stream.send(bytes, chunkSeconds: chunkSeconds)
    return await stream.finish()
  }
}

/// Counts from any thread.
final class AnswerCount: Sendable {
  private let total = Mutex(0)
  var count: Int { total.withLock(\.self) }
  func add() { total.withLock { $0 += 1 } }
}
