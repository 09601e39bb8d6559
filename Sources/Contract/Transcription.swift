public import JSON

/// The reply to a chunk: its levels, and the words so far unless they are sent in updates.
public struct Transcription: Equatable, Sendable {
  public var seq: Int
  /// Root mean square of the samples of all channels; full scale is 1.
  public var rms: Double
  /// 20·log10(rms); nil for digital silence.
  public var dbfs: Double?
  /// Largest absolute sample; full scale is 1.
  public var peak: Double
  /// Samples at either end of the scale.
  public var clipped: Int
  /// Seconds of audio in the chunk.
  public var duration: Double
  /// Seconds of audio in the stream before the chunk.
  public var start: Double
  public var text: Text?

  public struct Text: Equatable, Sendable {
    public var text: String
    /// Whether the text stays as it is.
    public var isFinal: Bool
    /// Number of the utterance, from 1; a later text of the same segment replaces an earlier one.
    public var segment: Int
    /// Segments that became final since the reply before.
    public var segments: [SegmentMessage]

    public init(text: String, isFinal: Bool, segment: Int, segments: [SegmentMessage] = []) {
      self.text = text
      self.isFinal = isFinal
      self.segment = segment
      self.segments = segments
    }
  }

  public init(
    seq: Int, rms: Double, dbfs: Double?, peak: Double, clipped: Int, duration: Double, start: Double, text: Text?
  ) {
    self.seq = seq
    self.rms = rms
    self.dbfs = dbfs
    self.peak = peak
    self.clipped = clipped
    self.duration = duration
    self.start = start
    self.text = text
  }

  /// Adds the members in the contract's order.
  public func write(to object: inout JSONObject) {
    object.add("seq", seq)
    if let text { object.add("transcription", text.text) }
    object.add("rms", figure: rms)
    object.add("dbfs", figure: dbfs)
    object.add("peak", figure: peak)
    object.add("clipped", clipped)
    object.add("duration", figure: duration)
    object.add("start", figure: start)
    guard let text else { return }
    object.add("final", text.isFinal)
    object.add("segment", text.segment)
    if !text.segments.isEmpty { object.add("segments", .array(text.segments.map(\.json))) }
  }

  /// Reads a reply; nil when a member is missing or of another kind.
  public init?(_ value: JSONValue) {
    guard let seq = value["seq"]?.integer, let rms = value["rms"]?.double, let peak = value["peak"]?.double,
      let clipped = value["clipped"]?.integer, let duration = value["duration"]?.double,
      let start = value["start"]?.double
    else { return nil }
    self.init(
      seq: seq, rms: rms, dbfs: value["dbfs"]?.double, peak: peak, clipped: clipped, duration: duration, start: start,
      text: Text(value))
  }
}

extension Transcription.Text {
  /// Reads the words of a reply; nil where they are sent in updates.
  fileprivate init?(_ value: JSONValue) {
    guard let text = value["transcription"]?.string, let isFinal = value["final"]?.bool,
      let segment = value["segment"]?.integer
    else { return nil }
    self.init(
      text: text, isFinal: isFinal, segment: segment,
      segments: value["segments"]?.array?.compactMap(SegmentMessage.init) ?? [])
  }
}
