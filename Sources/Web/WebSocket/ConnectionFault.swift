/// Why a connection has to be closed.
public enum ConnectionFault: Equatable, Sendable {
  case messageTooLarge(isText: Bool, limitBytes: Int)
  /// A text message is not UTF-8.
  case invalidUTF8
  /// The peer took nothing of what was sent to it for too long.
  case slowReader
}
