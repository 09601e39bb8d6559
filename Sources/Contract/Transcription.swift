public import JSON

/// What the worker says of one chunk: its text and its measure.
public struct Transcription: Equatable, Sendable {
  public var seq: Int
  public var text: String
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
  /// Whether the text stays as it is.
  public var final: Bool
  /// Number of the utterance, from 1; a later text of the same segment replaces an earlier one.
  public var segment: Int

  public init(
    seq: Int, text: String, rms: Double, dbfs: Double?, peak: Double, clipped: Int, duration: Double, start: Double,
    final: Bool, segment: Int
  ) {
    self.seq = seq
    self.text = text
    self.rms = rms
    self.dbfs = dbfs
    self.peak = peak
    self.clipped = clipped
    self.duration = duration
    self.start = start
    self.final = final
    self.segment = segment
  }

  /// Adds the members in the contract's order.
  public func write(to object: inout JSONObject) {
    object.add("seq", seq)
    object.add("transcription", text)
    object.add("rms", figure: rms)
    object.add("dbfs", figure: dbfs)
    object.add("peak", figure: peak)
    object.add("clipped", clipped)
    object.add("duration", figure: duration)
    object.add("start", figure: start)
    object.add("final", final)
    object.add("segment", segment)
  }

  /// Reads a reply; nil when a member is missing or of another kind.
  public init?(_ value: JSONValue) {
    guard let seq = value["seq"]?.integer, let text = value["transcription"]?.string,
      let rms = value["rms"]?.double, let peak = value["peak"]?.double, let clipped = value["clipped"]?.integer,
      let duration = value["duration"]?.double, let start = value["start"]?.double,
      let final = value["final"]?.bool, let segment = value["segment"]?.integer
    else { return nil }
    self.init(
      seq: seq, text: text, rms: rms, dbfs: value["dbfs"]?.double, peak: peak, clipped: clipped, duration: duration,
      start: start, final: final, segment: segment)
  }
}
