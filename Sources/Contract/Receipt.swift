public import JSON

/// The server's account of a stream, sent as its last message: `chunks = processed + dropped`, always.
public struct Receipt: Equatable, Sendable {
  /// Over the chunks processed, as in `Transcription`.
  public struct Level: Equatable, Sendable {
    public var rms: Double
    public var peak: Double
    public var clipped: Int
  }

  public var clientID: Int
  /// Chunks received.
  public var chunks: Int
  /// Their bytes.
  public var bytes: Int
  /// Seconds of audio in them.
  public var duration: Double
  public var level: Level
  /// SHA-256 of all chunk bytes in order, in lower-case hexadecimal.
  public var sha256: String
  /// Chunks answered with a transcription.
  public var processed: Int
  /// Chunks answered with an error.
  public var dropped: Int
  /// Chunks sent to a worker a second time because the first one died.
  public var replayed: Int
  /// Everything that was recognised, in order, each as it was told first; nil where the engine does not find segments.
  public var segments: [JSONValue]?
  /// Partial texts that were never made, for want of time; nil where the engine makes none.
  public var partialsShed: Int?

  public init(
    clientID: Int, chunks: Int, bytes: Int, duration: Double, rms: Double, peak: Double, clipped: Int, sha256: String,
    processed: Int, dropped: Int, replayed: Int, segments: [JSONValue]? = nil, partialsShed: Int? = nil
  ) {
    self.clientID = clientID
    self.chunks = chunks
    self.bytes = bytes
    self.duration = duration
    level = Level(rms: rms, peak: peak, clipped: clipped)
    self.sha256 = sha256
    self.processed = processed
    self.dropped = dropped
    self.replayed = replayed
    self.segments = segments
    self.partialsShed = partialsShed
  }

  /// Adds the members in the contract's order.
  public func write(to object: inout JSONObject) {
    object.add("type", "summary")
    object.add("client_id", clientID)
    object.add("chunks", chunks)
    object.add("bytes", bytes)
    object.add("duration", duration)
    object.add("rms", level.rms)
    object.add("peak", level.peak)
    object.add("clipped", level.clipped)
    object.add("sha256", sha256)
    object.add("processed", processed)
    object.add("dropped", dropped)
    object.add("replayed", replayed)
    if let segments { object.add("segments", .array(segments)) }
    if let partialsShed { object.add("partials_shed", partialsShed) }
  }

  /// Reads a `summary`; nil when a member is missing or of another kind.
  public init?(_ value: JSONValue) {
    guard let clientID = value["client_id"]?.integer, let chunks = value["chunks"]?.integer,
      let bytes = value["bytes"]?.integer, let duration = value["duration"]?.double, let rms = value["rms"]?.double,
      let peak = value["peak"]?.double, let clipped = value["clipped"]?.integer,
      let sha256 = value["sha256"]?.string, let processed = value["processed"]?.integer,
      let dropped = value["dropped"]?.integer, let replayed = value["replayed"]?.integer
    else { return nil }
    self.init(
      clientID: clientID, chunks: chunks, bytes: bytes, duration: duration, rms: rms, peak: peak, clipped: clipped,
      sha256: sha256, processed: processed, dropped: dropped, replayed: replayed, segments: value["segments"]?.array,
      partialsShed: value["partials_shed"]?.integer)
  }
}
