public import Audio
public import Recognition

/// The server's account of a whole stream: `chunks = processed + dropped`.
public struct StreamReceipt: Equatable, Sendable {
  public var totals: StreamTotals
  /// Seconds of audio received.
  public var duration: Double
  /// Of the chunks that were measured.
  public var levels: Levels
  /// SHA-256 of all chunk bytes in order, in lowercase hexadecimal; computed by the gateway.
  public var sha256 = ""
  /// Nil where the engine has no segments.
  public var segments: [Segment]?
  /// Partials skipped for lack of time; nil where the engine makes none.
  public var skippedPartials: Int?
}

/// Counts of one stream.
public struct StreamTotals: Equatable, Sendable {
  /// Chunks received, and their bytes.
  public var chunks = 0
  public var bytes = 0
  /// Chunks answered with levels.
  public var processed = 0
  /// Chunks answered with an error, or not answered because the client left.
  public var dropped = 0
  /// Chunks sent to another worker because the one before was lost.
  public var replayed = 0
}

extension StreamReceipt {
  init(_ account: StreamAccount, _ transcript: StreamTranscript) {
    self.init(
      totals: account.totals, duration: account.seconds, levels: account.levels,
      segments: transcript.keepsSegments ? transcript.segments : nil,
      skippedPartials: transcript.keepsSegments ? transcript.skippedPartials : nil)
  }
}
