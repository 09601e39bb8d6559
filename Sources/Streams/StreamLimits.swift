/// Limits of one stream. The unit is the last word of a name.
public enum StreamLimits {
  /// Chunks received and not yet answered; above it the client's socket is not read. A minute of 100 ms chunks.
  public static let inFlightChunks = 600
  /// Bytes received and not yet answered. Holds one message of the largest size and what arrived with it.
  public static let inFlightBytes = 24 << 20
  /// Bytes of messages the client has not read. Above it the client's socket is not read, so the backlog grows no
  /// further than the answers to `inFlightChunks`.
  public static let unreadBytes = 256 << 10
  /// Bytes of a resumable stream's newest messages kept for a client that returns: the answers to at least 200 chunks,
  /// more than a real-time client can lag.
  public static let eventLogBytes = 64 << 10
  /// Seconds of answered audio kept for a replacement worker, besides the chunk before them: what an engine may have
  /// waiting (30 s), and the utterance before that (14 s).
  public static let replaySeconds = 60
  /// Bytes of it: two messages of the largest size, or 20 s of 8 channels at 48 kHz in float.
  public static let replayBytes = 33 << 20
  /// Bytes of text of segments kept for the receipt: two days of speech. Later segments are in the messages only.
  public static let segmentBytes = 4 << 20
  /// How long a stream waits, without a connection, for its client to return.
  public static let detachedTime = Duration.seconds(60)
  /// Workers that may crash with the same answered audio before that audio is replaced by silence.
  public static let crashesWithAudio = 3
  /// Workers of one machine that may vanish with the same chunk in flight before that is tried alone.
  public static let vanishedWorkers = 4
}
