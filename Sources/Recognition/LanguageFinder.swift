/// Settles on the language of a stream by those of its utterances: two in a row that agree, or one of five seconds.
///
/// Once settled, all utterances are decoded in that language, until nobody has spoken for half a minute: then someone
/// else may speak.
public struct LanguageFinder: Equatable, Sendable {
  /// The newest utterance with words.
  public struct Newest: Equatable, Sendable {
    public var language: String
    /// In seconds of the stream.
    public var end: Double

    public init(language: String, end: Double) {
      self.language = language
      self.end = end
    }
  }

  /// The settled language; the stream may have been quiet since.
  public private(set) var language: String?
  public private(set) var newest: Newest?

  private static let longUtteranceSeconds = 5.0
  private static let quietSeconds = 30.0

  public init(language: String? = nil, newest: Newest? = nil) {
    self.language = language
    self.newest = newest
  }

  /// The language of an utterance that begins then, in seconds of the stream; nil: it is to be found.
  public func settled(at start: Double) -> String? {
    guard let newest, start - newest.end < Self.quietSeconds else { return nil }
    return language
  }

  /// An utterance with words had this language.
  public mutating func take(_ found: String, from start: Double, to end: Double) {
    language = settled(at: start)
    let agrees = newest.map { $0.language == found && start - $0.end < Self.quietSeconds } ?? false
    if language == nil, agrees || end - start >= Self.longUtteranceSeconds { language = found }
    newest = Newest(language: found, end: end)
  }
}
