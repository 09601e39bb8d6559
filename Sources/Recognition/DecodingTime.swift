/// How long a model took for one utterance.
public struct DecodingTime: Equatable, Sendable {
  public var seconds: Double
  /// Whether the utterance was over; otherwise it was decoded for a partial.
  public var isFinal: Bool

  public init(seconds: Double, isFinal: Bool) {
    self.seconds = seconds
    self.isFinal = isFinal
  }
}
