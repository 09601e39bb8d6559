/// A stream's wishes for its utterances, other than what the engine does by itself.
public struct UtteranceWishes: Equatable, Sendable {
  /// Whether texts of the open utterance are wanted. Finals alone cost a fraction.
  public var partials = true
  /// Whether to tell when an utterance begins and when it is over, before its text is known. Each then has a number of
  /// its own and a final update, without text if nothing was said.
  public var bounds = false
  /// The silence that ends an utterance; nil: the engine's own.
  public var silenceMilliseconds: Int?
  /// Whether an utterance may be cut shorter than others while there are live streams, whose texts would wait for it to
  /// be decoded.
  public var yieldsLength = false

  /// Shorter pauses are within words; after longer ones clients wait in vain.
  public static let silenceRange = 100...2000

  public init(
    partials: Bool = true, bounds: Bool = false, silenceMilliseconds: Int? = nil, yieldsLength: Bool = false
  ) {
    self.partials = partials
    self.bounds = bounds
    self.silenceMilliseconds = silenceMilliseconds
    self.yieldsLength = yieldsLength
  }
}
