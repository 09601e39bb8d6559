/// What an engine recognizes with.
public struct EngineModel: Equatable, Sendable {
  public var name: String
  /// Codes such as `en`. Empty if the model detects the language, or does not say which it knows.
  public var languages: [String]

  public init(name: String, languages: [String]) {
    self.name = name
    self.languages = languages
  }
}
