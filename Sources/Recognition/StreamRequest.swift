public import Audio

/// What kind of stream a client sends, and what it wants to know of it.
public struct StreamRequest: Equatable, Sendable {
  public var format: AudioFormat
  /// The engine's name.
  public var engine: String
  /// Whether segments should list their words with times, if the engine has them.
  public var wantsWords: Bool
  public var utterances: UtteranceWishes

  public init(
    format: AudioFormat, engine: String, wantsWords: Bool = false, utterances: UtteranceWishes = UtteranceWishes()
  ) {
    self.format = format
    self.engine = engine
    self.wantsWords = wantsWords
    self.utterances = utterances
  }
}
