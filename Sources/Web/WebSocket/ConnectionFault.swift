/// Why a connection has to be closed.
public enum ConnectionFault: Equatable, Sendable {
  case messageTooLarge(isText: Bool, limitBytes: Int)
  /// A text message is not UTF-8.
  case invalidUTF8
  /// The peer took nothing of what was sent to it for too long.
  case slowReader
  /// Memory is short, and this much of a message that is not complete has to go.
  case memoryShort(bytes: Int)
}
