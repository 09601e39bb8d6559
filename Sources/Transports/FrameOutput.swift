public import IO
public import WorkerLink

/// Frames for one worker, whatever carries them. Queued during a round, written at its end.
///
/// A base class and not a protocol, so that frames are written in place: every chunk comes through here.
public class FrameOutput: RoundEndTask {
  @exclusivity(unchecked) public final var frames = FrameWriter()
  /// It is written at the end of this round.
  public final var isDue = false

  /// Bytes waiting for one worker; above it the clients on it are not read. Two of the largest messages.
  public static let fullBytes = 32 << 20
  /// With this much queued a worker may begin before the round is over, while the bytes are still cached.
  public static let earlyBytes = 128 << 10

  init() {}

  /// Bytes that nothing has carried away yet.
  public final var queuedBytes: Int { frames.count }
  /// Whether the clients of this worker should not be read for now.
  public final var isFull: Bool { queuedBytes >= Self.fullBytes }

  /// Writes what can be written without waiting.
  func write() { preconditionFailure("Frames are carried by a kind of output.") }
  /// The same before the round's end, which reports what came of it.
  func writeEarly() {}

  /// Frames were queued.
  public final func queued(on loop: EventLoop) {
    if !isDue {
      isDue = true
      loop.atRoundEnd(self)
    } else if queuedBytes >= Self.earlyBytes {
      writeEarly()
    }
  }

  public final func roundEnds() {
    isDue = false
    write()
  }
}
