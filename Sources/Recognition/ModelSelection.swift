/// Decides which of an engine's models recognizes a stream: the one it names, else the one for its language.
///
/// The server decides by it what streams may ask for, and the worker what it does.
public struct ModelSelection: Equatable, Sendable {
  /// The model that decodes a stream's utterances.
  public enum Choice: Equatable, Sendable {
    /// This model, in this language; nil: in its own.
    case told(model: String, language: String?)
    /// This model, which finds the language. If `mayChange`, another model that has the language takes over.
    case found(by: String, mayChange: Bool)

    /// The model that begins.
    public var model: String {
      switch self {
      case .told(let model, _), .found(let model, _): model
      }
    }
  }

  /// A wish that no model can fulfill.
  public struct Problem: Error, Equatable, Sendable, CustomStringConvertible {
    /// `model` or `language`.
    public var parameter: String
    public var value: String
    /// A noun phrase.
    public var expected: String

    public init(parameter: String, value: String, expected: String) {
      self.parameter = parameter
      self.value = value
      self.expected = expected
    }

    public var description: String { "\(parameter): expected \(expected), got \"\(value)\"" }
  }

  /// Those that can be used, in the operator's order.
  private let models: [EngineModel]
  /// The others.
  private let unusable: [EngineModel]
  /// The language of streams that name none: a code, or `auto`.
  private let standard: String

  public init(_ models: [EngineModel], standard: String? = nil) {
    self.models = models.filter { $0.problem == nil }
    unusable = models.filter { $0.problem != nil }
    self.standard = standard ?? LanguageCode.auto
  }

  /// Codes of all languages: in the order of the only model, or sorted.
  public var languages: [String] {
    models.count == 1 ? models[0].languages : Set(models.flatMap(\.languages)).sorted()
  }

  /// - Parameters:
  ///   - name: the model that the stream names.
  ///   - language: a code, or `auto`.
  public func choice(model name: String? = nil, language: String? = nil) throws(Problem) -> Choice {
    var candidates = models
    if let name {
      candidates = models.filter { $0.name == name }
      guard !candidates.isEmpty else {
        let known = models.map(\.name).joined(separator: ", ")
        let reason = unusable.first { $0.name == name }?.problem.map { " (\(name) is unavailable: \($0))" } ?? ""
        throw Problem(parameter: "model", value: name, expected: "one of \(known)\(reason)")
      }
    }
    if let language, LanguageCode.primary(language) != LanguageCode.auto {
      if let choice = Self.specialist(language, among: candidates) { return choice }
      let known =
        (candidates.contains(where: \.detectsLanguage) ? [LanguageCode.auto] : [])
        + ModelSelection(candidates).languages
      throw Problem(parameter: "language", value: language, expected: "one of \(known.joined(separator: ", "))")
    }
    // The operator's language is for streams that may have any; a named model may not know it.
    if language == nil, let choice = Self.specialist(standard, among: candidates) { return choice }
    if let finder = candidates.first(where: \.detectsLanguage) {
      return .found(by: finder.name, mayChange: candidates.count > 1)
    }
    guard let first = candidates.first else {
      throw Problem(parameter: "model", value: name ?? "none", expected: "one that can be used")
    }
    return .told(model: first.name, language: first.languages.count == 1 ? first.languages[0] : nil)
  }

  /// The model for a language that was found.
  public func model(for language: String) -> String? { Self.specialist(language, among: models)?.model }

  /// Of the models that have a language, the one with the fewest: it was made for it.
  private static func specialist(_ language: String, among models: [EngineModel]) -> Choice? {
    guard LanguageCode.primary(language) != LanguageCode.auto else { return nil }
    let fewest = models.filter { $0.language(language) != nil }.min { $0.languages.count < $1.languages.count }
    if let fewest { return .told(model: fewest.name, language: fewest.language(language)) }
    // One that does not say what it knows is taken at the stream's word.
    return models.first { $0.languages.isEmpty }.map { .told(model: $0.name, language: nil) }
  }
}
