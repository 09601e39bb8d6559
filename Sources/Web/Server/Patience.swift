/// How patient a server is. The defaults suit peers that stream.
public struct Patience: Equatable, Sendable {
  /// A peer silent for so long is sent a ping.
  public var idleBeforePing = Duration.seconds(30)
  /// A peer silent for so long after that is dropped. One whose reading is paused is not looked at.
  public var pingUnanswered = Duration.seconds(30)
  /// A peer that takes nothing of what is sent to it for so long is closed with 1013.
  public var slowReader = Duration.seconds(60)
  /// From the peer's close, or the end of its input, to ours: what it sent is answered meanwhile.
  public var answering = Duration.seconds(30)
  /// From `close` to the end, whatever is still unsent.
  public var closing = Duration.seconds(10)
  public init() {}
}
