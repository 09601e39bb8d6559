/// When speech begins, ends and is looked at: the one place to change it.
///
/// The detector's figures were tuned on recordings of clear speech; see Benchmarks/Speech for what they give.
public struct SpeechTuning: Equatable, Sendable {
  /// How sure the detector has to be that a window is speech, 0…1.
  public var threshold: Float = 0.3
  /// A shorter noise is no speech.
  public var speechSeconds = 0.25
  /// A shorter pause does not end an utterance.
  public var silenceSeconds = 0.5
  /// What is decoded before and after what was detected: the detector cuts soft consonants off.
  public var beforeSeconds = 0.1
  public var afterSeconds = 0.2
  /// From here on any pause of 0.1 s ends the utterance.
  public var softSeconds = 10.0
  /// Here it is ended at its quietest point: decoding takes 162 MB for 15 s and grows with the square.
  public var hardSeconds = 14.0
  /// After so much without speech the detector begins anew: so nothing older is ever needed to come to the same words.
  public var quietSeconds = 10.0
  /// How far back the quietest point is looked for.
  public var cutSeconds = 4.0

  /// A partial is due when so much of an utterance is new: the larger of a time, and a part of the utterance.
  public var partialSeconds = 0.5
  public var partialGrowth = 0.05
  /// Silence put behind the sound of a look, which breaks off anywhere: without it models leave out the word said last, and
  /// with more they make one up.
  public var partialSilenceSeconds = 0.1

  /// Sound of one stream that waits to be looked at or decoded; past it the stream's client is not read.
  public var backlogSeconds = 30.0

  public init() {}
}
