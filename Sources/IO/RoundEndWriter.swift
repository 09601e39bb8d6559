/// Something that collects output during a round and writes it at the round's end.
public protocol RoundEndWriter: AnyObject {
  /// Whether something was queued since the last `flush`.
  var hasWork: Bool { get }
  /// Called once at a round's end, before the first `flush`: output that was held back for long enough is queued.
  func releaseHeld()
  /// Writes what is queued. That can queue more, in this writer or in another.
  func flush()
  /// The loop goes, or was told to forget it.
  func stop()
}
