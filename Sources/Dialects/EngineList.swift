public import Recognition

/// The engines of this server, as its workers report them.
public struct EngineList: Equatable, Sendable {
  /// The engine of streams that name none.
  public let standard: String
  /// The engines that workers were told to load; a stream may ask for any of them.
  public let enabled: [String]
  /// The engines without which the server is not ready, in addition to the default.
  public let required: [String]
  /// Every engine of the workers' catalog, in its order.
  public private(set) var statuses: [EngineStatus] = []

  public init(standard: String, enabled: [String], required: [String] = []) {
    self.standard = standard
    self.enabled = enabled
    self.required = required
  }

  /// Takes the report of a worker that has come up.
  public mutating func update(_ statuses: [EngineStatus]) { self.statuses = statuses }

  /// What a stream may ask for, the default first.
  public var selectable: [String] { [standard] + enabled.filter { $0 != standard } }

  /// Why no stream can have that engine now; nil when it can.
  public func problem(_ name: String) -> String? {
    guard case .unavailable(let reason)? = self[name]?.state else { return nil }
    return reason
  }

  /// Why the server should get no streams: an engine that it must have, and the reason why it is unavailable.
  public var missing: (engine: String, reason: String)? {
    for name in [standard] + required { if let reason = problem(name) { return (name, reason) } }
    return nil
  }

  /// Each engine that workers were told to load, whether streams can use it, and its model.
  public var readiness: [(engine: String, isReady: Bool, model: EngineModel?)] {
    selectable.map { ($0, self[$0]?.state == .ready, self[$0]?.model) }
  }

  /// Whether the engine's utterances span chunks.
  public func isContinuous(_ name: String) -> Bool { self[name]?.isContinuous ?? false }

  /// The languages of which a stream of the engine may ask for one; nil where any will do, or none are known.
  public func languages(of name: String) -> [String]? {
    guard let languages = self[name]?.model?.languages, !languages.isEmpty else { return nil }
    return languages
  }

  /// "one of en, ru" if a stream of the engine may not ask for this language, in any of its regions; nil if it may.
  func expectedLanguages(of engine: String, insteadOf language: String) -> String? {
    func primary(_ code: String) -> String { code.prefix { $0 != "-" }.lowercased() }
    // It is repeated in messages.
    guard language.utf8.count <= 35, language.utf8.allSatisfy({ Self.tagBytes.contains($0) }) else {
      return "a language tag of at most 35 letters, digits, dashes and underscores"
    }
    guard let known = languages(of: engine), !known.contains(where: { primary($0) == primary(language) }) else {
      return nil
    }
    return "one of \(known.joined(separator: ", "))"
  }

  private static let tagBytes = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_".utf8)

  /// The engine that the name of a model stands for in other protocols, whose clients have names built in: an engine's
  /// own name, else the default one.
  func engine(ofModel name: String?) -> String {
    name.flatMap { name in statuses.contains { $0.name == name } ? name : nil } ?? standard
  }

  /// Name of the engine's model, or its own.
  func modelName(of engine: String) -> String { self[engine]?.model?.name ?? engine }

  private subscript(name: String) -> EngineStatus? { statuses.first { $0.name == name } }
}
