import Audio
import Recognition
import Support
import Synchronization
import Testing

/// One stream fed as a worker feeds it.
final class SpeechStream {
  let format: AudioFormat
  private(set) var told = Told()
  private let recognizer: any Recognizer
  private var seq: UInt64 = 0
  private var frames = 0

  init(
    _ engine: SpeechEngine, _ format: AudioFormat = .standard, stream: UInt64 = 1,
    from checkpoint: Checkpoint = Checkpoint(frame: 0)
  ) {
    self.format = format
    recognizer = engine.recognizer(stream: stream, format: format, from: checkpoint)
  }

  /// Sends `bytes` in chunks of `chunkSeconds`, as fast as the engine keeps up, as a worker does: or slower.
  func send(_ bytes: [UInt8], chunkSeconds: Double = 0.1, pause: Duration? = nil) async throws {
    let chunkBytes = Int(chunkSeconds * Double(format.sampleRate)) * format.frameBytes
    for start in stride(from: 0, to: bytes.count, by: chunkBytes) {
      let end = min(start + chunkBytes, bytes.count)
      seq += 1
      let reply = bytes[start..<end].withUnsafeBytes { chunk in
        recognizer.accept(
          ChunkOfSound(
            stream: 1, seq: seq, startFrame: UInt64(frames), chunkBytes: chunk.count, format: format, bytes: chunk))
      }
      frames += (end - start) / format.frameBytes
      if let pause { try await Task.sleep(for: pause) }
      tell(reply)
      if recognizer.isBehind { await withCheckedContinuation { done in recognizer.whenCaughtUp { done.resume() } } }
    }
  }

  /// Finishes; answers the reply to that.
  @discardableResult func finish() async -> Hypothesis {
    let reply = await withCheckedContinuation { done in recognizer.finish { done.resume(returning: $0) } }
    tell(reply)
    return reply
  }

  private func tell(_ hypothesis: Hypothesis) {
    told.replies.append(hypothesis)
    told.segments += hypothesis.finished
  }

  /// What is told of a whole recording.
  static func told(
    _ engine: SpeechEngine, _ format: AudioFormat, _ bytes: [UInt8], chunkSeconds: Double = 0.1
  ) async throws -> Told {
    let stream = SpeechStream(engine, format)
    try await stream.send(bytes, chunkSeconds: chunkSeconds)
    await stream.finish()
    return stream.told
  }
}

/// Counts from any thread.
final class AnswerCount: Sendable {
  private let total = Mutex(0)
  var count: Int { total.withLock(\.self) }
  func add() { total.withLock { $0 += 1 } }
}
