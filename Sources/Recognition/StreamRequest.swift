public import Audio

/// What kind of stream a client sends, and what it wants to know of it.
public struct StreamRequest: Equatable, Sendable {
  public var format: AudioFormat
  /// The engine's name.
  public var engine: String
  /// The name of one of the engine's models; nil: the one for the language.
  public var model: String?
  /// A code such as `en`, or `auto` for whichever is spoken; nil: the server's.
  public var language: String?
  /// Whether segments should list their words with times, if the engine has them.
  public var wantsWords: Bool
  public var utterances: UtteranceWishes

  public init(
    format: AudioFormat, engine: String, model: String? = nil, language: String? = nil, wantsWords: Bool = false,
    utterances: UtteranceWishes = UtteranceWishes()
  ) {
    self.format = format
    self.engine = engine
    self.model = model
    self.language = language
    self.wantsWords = wantsWords
    self.utterances = utterances
  }
}
