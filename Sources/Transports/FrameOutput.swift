public import IO
public import WorkerLink

/// Frames for one worker, whatever carries them. Queued during a round, written at its end.
public class FrameOutput: RoundEndTask {
  public final let frames: FrameWriter

  /// Bytes waiting for one worker; above it the clients on it are not read. Two of the largest messages.
  public static let fullBytes = 32 << 20
  private let limitBytes: Int
  /// With this much queued a worker may begin before the round is over, while the bytes are still cached.
  public static let earlyBytes = 256 << 10

  /// - Parameter limitBytes: waiting bytes above which the clients are not read.
  init(limitBytes: Int = fullBytes, frames: FrameWriter = FrameWriter()) {
    self.limitBytes = limitBytes
    self.frames = frames
  }

  /// Bytes that nothing has carried away yet.
  public final var queuedBytes: Int { frames.count }
  /// Whether the clients of this worker should not be read for now.
  public final var isFull: Bool { queuedBytes >= limitBytes }

  /// The worker has said what it is, and speaks this version of the link from now on.
  public func agreed(on version: Int, with hello: WorkerHello) {}
  /// Writes what can be written without waiting.
  public func roundEnds() { preconditionFailure("Frames are carried by a kind of output.") }
  /// The same before the round's end, which reports what came of it.
  public func writeEarly() {}
}
