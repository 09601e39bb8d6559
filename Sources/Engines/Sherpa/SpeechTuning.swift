/// When speech begins, ends and is decoded: the one place to change it.
///
/// The detector's figures were tuned on recordings of clear speech; Benchmarks/Speech measures them.
public struct SpeechTuning: Equatable, Sendable {
  /// The probability, 0 to 1, above which a window is speech.
  public var threshold: Float = 0.3
  /// Shorter noises are not speech.
  public var speechSeconds = 0.25
  /// Shorter pauses do not end an utterance.
  public var silenceSeconds = 0.5
  /// Decoded before and after what was detected: the detector cuts off soft consonants.
  public var beforeSeconds = 0.1
  public var afterSeconds = 0.2
  /// Above this length any pause of 0.1 s ends the utterance.
  public var softSeconds = 10.0
  /// At this length an utterance is cut at its quietest point: decoding takes 162 MB for 15 s and grows with the
  /// square.
  public var hardSeconds = 14.0
  /// After so much time without speech the detector restarts, so that no older audio is ever needed to come to the same
  /// words.
  public var quietSeconds = 10.0
  /// How far back the quietest point is searched.
  public var cutSeconds = 4.0
  public var yielding = Yielding()

  public var partials = Partials()

  /// Audio of one stream that waits to be decoded; above it the stream's client is not read.
  public var backlogSeconds = 30.0

  public init() {}

  /// The longest utterance, and how far back it is cut, of streams that yield while there are live ones: a final text
  /// of theirs may have to wait for one that is being decoded.
  public struct Yielding: Equatable, Sendable {
    public var hardSeconds = 5.0
    public var cutSeconds = 3.0

    public init() {}
  }

  /// When an open utterance is decoded, and how.
  public struct Partials: Equatable, Sendable {
    /// A partial is due when this much of an utterance is new: the larger of a time and a fraction of the utterance.
    public var seconds = 0.5
    /// The first of an utterance, whatever looks cost: it is short.
    public var firstSeconds = 0.4
    public var growth = 0.05
    /// How long no audio must arrive until an open utterance is decoded as far as it was heard. A client that stops
    /// sending gets its last words within a second.
    public var idleSeconds = 0.5

    public init() {}
  }
}
