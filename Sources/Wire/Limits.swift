/// The bounds of everything, in one place. The unit is the last word of a name; each says why it is what it is.
public enum Limits {
  /// Telephone audio at the low end, the fastest converters sold at the high end.
  public static let sampleRatesHz = 8_000...384_000
  /// A 7.1 interface; more is several streams.
  public static let channels = 1...8

  /// The largest WebSocket message taken: 2.7 s of the widest format (8 channels of 4 bytes at 192 kHz is 6 MB/s),
  /// over eight minutes of the standard one. A larger one is closed with 1009.
  public static let messageBytes = 16 << 20
  /// The largest control (text) message; the longest legal one is under 300 bytes.
  public static let controlBytes = 4096
  /// How much of somebody's text an error message repeats.
  public static let quotedCharacters = 120
  /// The deepest nesting a control message may have; ours have two levels.
  public static let jsonDepth = 16

  /// Chunks of one client received and not yet answered; past it the server stops reading that client's socket.
  /// A minute of 100 ms chunks.
  public static let inFlightChunks = 600
  /// Bytes of one client received and not yet answered. Holds one message of the largest size and what came with it.
  public static let inFlightBytes = 24 << 20
  /// Bytes of replies a client has not read; past it the server stops reading that client's socket, so it grows no further
  /// than the replies to `inFlightChunks`.
  public static let unreadReplyBytes = 256 << 10

  /// Bytes of a resumable session's newest replies kept for a client that comes back: those to 200 chunks at the least, more than
  /// a client in real time can be behind.
  public static let resumeReplyBytes = 64 << 10
  /// Sessions kept for clients whose connection broke; past it they are not kept.
  public static let awaySessions = 5_000

  /// Bytes waiting for one worker; past it the clients on it are not read. Two of the largest messages.
  public static let workerQueueBytes = 32 << 20
  /// Bytes of results a worker holds that the server has not read; past it the worker stops taking chunks.
  public static let resultQueueBytes = 4 << 20

  /// Bytes of a stream's sound kept for another worker beyond what is unanswered: more than a minute of 8 channels at 48 kHz in
  /// float. An engine seldom needs more than the last half minute.
  public static let historyBytes = 96 << 20

  /// Bytes of a stream's segments kept for its receipt: two days of speech. Those past it were told when
  /// they came.
  public static let segmentBytes = 4 << 20

  /// The longest RIFF header (everything before the samples) looked through: studio recorders put pages of metadata there.
  public static let waveHeaderBytes = 1 << 20
  /// The longest frame in bytes: eight channels of four bytes. What a chunk may leave over is shorter.
  public static let frameBytes = 32

  /// Open connections: the descriptor limit of a plain login shell is far above, this is what has been measured.
  public static let connections = 15_000
}
