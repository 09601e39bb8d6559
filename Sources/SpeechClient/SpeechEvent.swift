public import Contract

/// Something that became known of a stream. Later versions may have more cases.
public enum SpeechEvent: Equatable, Sendable {
  /// The text of the utterance that is being spoken; it replaces the one before it.
  case partial(PartialText)
  /// An utterance with its final text.
  case utterance(Utterance)
  /// The levels of a chunk as the server has measured them.
  case levels(ChunkLevels)
  /// For people: a connection that was lost, a microphone that is muted or gone, a server that is busy.
  case notice(String)
  /// The server's account of the stream, once, at its end; of a stream that took several sessions, of the last one.
  case receipt(Receipt)
}

/// A final text and its place in the recording, in seconds.
public struct Utterance: Equatable, Sendable {
  /// In the stream, from 1.
  public var number: Int
  public var text: String
  /// Nil: the server does not say.
  public var start: Double?
  public var end: Double?
  /// The code of the language, where it was named or found.
  public var language: String?
  /// Its words with their times; none unless `Transcriber.Options.wordTimes` asks for them.
  public var words: [WordMessage]

  init(_ caption: Caption, number: Int) {
    self.number = number
    text = caption.text
    start = caption.start
    end = caption.end
    language = caption.language
    words = caption.words
  }
}

/// A text that may change. An empty one: it was no speech.
public struct PartialText: Equatable, Sendable {
  public var text = ""
  /// Words at the beginning that will probably stay.
  public var stableWords = 0
}

/// The levels of a chunk over all channels. Full scale is 1.
public struct ChunkLevels: Equatable, Sendable {
  /// Seconds of the recording.
  public var start: Double
  public var duration: Double
  /// Root mean square, and the same in dBFS; nil for digital silence.
  public var rms: Double
  public var dbfs: Double?
  /// Largest absolute sample.
  public var peak: Double
  /// Samples at either end of the scale.
  public var clipped: Int

  init(_ reply: Transcription, start: Double) {
    self.start = start
    duration = reply.duration
    rms = reply.rms
    dbfs = reply.dbfs
    peak = reply.peak
    clipped = reply.clipped
  }
}
