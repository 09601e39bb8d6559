/// What an engine recognizes with.
public struct EngineModel: Equatable, Sendable {
  /// Unique in its engine.
  public var name: String
  /// Codes such as `en`. Empty if the model does not say which it knows.
  public var languages: [String]
  /// Whether it can tell which of its languages is spoken.
  public var detectsLanguage: Bool
  /// Why it cannot be used; nil if it can.
  public var problem: String?

  public init(name: String, languages: [String], detectsLanguage: Bool = false, problem: String? = nil) {
    self.name = name
    self.languages = languages
    self.detectsLanguage = detectsLanguage
    self.problem = problem
  }

  /// Its own code for a language in any of its regions; nil if it does not have it.
  public func language(_ code: String) -> String? {
    let wanted = LanguageCode.primary(code)
    return languages.first { LanguageCode.primary($0) == wanted }
  }
}
