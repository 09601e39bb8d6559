/// The bounds of what one server keeps of its streams. The unit is the last word of a name.
enum StreamLimits {
  /// Chunks of one client received and not yet answered; past it the server stops reading that client's socket.
  /// A minute of 100 ms chunks.
  static let inFlightChunks = 600
  /// Bytes of one client received and not yet answered. Holds one message of the largest size and what came with it.
  static let inFlightBytes = 24 << 20
  /// Bytes of replies a client has not read; past it the server stops reading that client's socket, so it grows no further
  /// than the replies to `inFlightChunks`.
  static let unreadReplyBytes = 256 << 10

  /// Bytes of a resumable session's newest replies kept for a client that comes back: those to 200 chunks at the least,
  /// more than a client in real time can be behind.
  static let resumeReplyBytes = 64 << 10
  /// Sessions kept for clients whose connection broke; past it they are not kept.
  static let awaySessions = 5_000

  /// Bytes of a stream's sound kept for another worker beyond what is unanswered: more than a minute of 8 channels at
  /// 48 kHz in float. An engine seldom needs more than the last half minute.
  static let historyBytes = 96 << 20
  /// Bytes of a stream's segments kept for its receipt: two days of speech. Those past it were told when they came.
  static let segmentBytes = 4 << 20

  /// Open connections: the descriptor limit of a plain login shell is far above, this is what has been measured.
  static let connections = 15_000
}
