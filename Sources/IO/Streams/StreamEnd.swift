/// How a stream ended.
public enum StreamEnd: Equatable, Sendable {
  /// Both sides were done.
  case finished
  /// We dropped it, or the peer did: the system's or OpenSSL's reason.
  case broken(reason: String)
  /// TLS was begun, and the peer speaks something else.
  case notTLS
  /// The peer's certificate is not trusted.
  case untrusted(reason: String)
}
