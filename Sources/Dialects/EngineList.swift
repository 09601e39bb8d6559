public import Audio
public import Recognition

/// The engines of this server, as its workers report them.
public struct EngineList: Equatable, Sendable {
  /// The engine of streams that name none.
  public let standard: String
  /// The engines that workers were told to load; a stream may ask for any of them.
  public let enabled: [String]
  /// The engines without which the server is not ready, in addition to the default.
  public let required: [String]
  /// The language of streams that name none; nil: whichever is spoken, if a model tells.
  private let language: String?
  /// Every engine of the workers' catalog, in its order.
  public private(set) var statuses: [EngineStatus] = []
  /// Reports of workers on other machines, the newest last.
  private var reports: [Report] = []

  private struct Report: Equatable {
    var worker: Int
    var machine: String
    var statuses: [EngineStatus]
  }

  public init(standard: String, enabled: [String], required: [String] = [], language: String? = nil) {
    self.standard = standard
    self.enabled = enabled
    self.required = required
    self.language = language
  }

  /// Takes the report of a worker that has come up.
  public mutating func update(_ statuses: [EngineStatus]) { self.statuses = statuses }

  /// Takes the report of a worker on another machine. An engine is there as long as one of them has it.
  public mutating func update(_ statuses: [EngineStatus], of worker: Int, on machine: String) {
    reports.removeAll { $0.worker == worker }
    reports.append(Report(worker: worker, machine: machine, statuses: statuses))
    merge()
  }

  /// A worker on another machine is gone.
  public mutating func remove(_ worker: Int) {
    reports.removeAll { $0.worker == worker }
    merge()
  }

  private mutating func merge() {
    guard let newest = reports.last else { return }
    statuses = newest.statuses.map { status in
      let ready = reports.reversed().lazy.compactMap { report in
        report.statuses.first { $0.name == status.name && $0.state == .ready }
      }
      return ready.first ?? status
    }
  }

  /// Statuses that the workers of this machine reported; nil: those of the server's own.
  public func statuses(on machine: String?) -> [EngineStatus] {
    machine.map { machine in reports.filter { $0.machine == machine }.flatMap(\.statuses) } ?? statuses
  }

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

  /// Each engine that workers were told to load, whether streams can use it, and those of its models that they can.
  public var readiness: [(engine: String, isReady: Bool, models: [EngineModel])] {
    selectable.map { ($0, self[$0]?.state == .ready, self[$0]?.models.filter { $0.problem == nil } ?? []) }
  }

  /// Whether the engine's utterances span chunks. Until a worker of another machine has said so, those of all but
  /// `mock` do: a stream may begin before that.
  public func isContinuous(_ name: String) -> Bool {
    self[name]?.isContinuous ?? (statuses.isEmpty && name != "mock")
  }

  /// The engine that a model belongs to; nil if there is none of this name.
  func engine(withModel name: String) -> String? {
    statuses.first { $0.models.contains { $0.name == name } }?.name
  }

  /// Checks what a stream asks of its engine's models.
  func check(_ choice: EngineChoice) throws(ModelSelection.Problem) {
    // It is repeated in messages, and sent to workers.
    if let language = choice.language, !LanguageCode.isCode(language) {
      throw ModelSelection.Problem(
        parameter: "language", value: language, expected: "a language code such as en or pt-BR")
    }
    if let selection = selection(of: choice.engine) {
      _ = try selection.choice(model: choice.model, language: choice.language)
    } else if let model = choice.model, self[choice.engine]?.state == .ready {
      let known = statuses.flatMap(\.models).map(\.name).joined(separator: ", ")
      throw ModelSelection.Problem(
        parameter: "model", value: model, expected: known.isEmpty ? "none, as no engine has any" : "one of \(known)")
    }
  }

  /// Choice for a client of another protocol, which has model names built in.
  /// - Parameters:
  ///   - name: an engine's or a model's; any other stands for the default engine.
  ///   - language: empty is the same as none; `multi` is `auto`.
  func choice(ofModel name: String?, language: String?) throws(ModelSelection.Problem) -> EngineChoice {
    var choice = EngineChoice(engine: standard)
    if let name {
      if statuses.contains(where: { $0.name == name }) {
        choice.engine = name
      } else if let engine = engine(withModel: name) {
        (choice.engine, choice.model) = (engine, name)
      }
    }
    switch language?.lowercased() {
    case nil, "": break
    case "multi": choice.language = LanguageCode.auto
    default: choice.language = language
    }
    try check(choice)
    return choice
  }

  /// The name of the model that a stream gets, at first; of an engine without models, its own.
  func modelName(of choice: EngineChoice) -> String { resolved(choice)?.model ?? choice.engine }

  /// The language that a stream is recognized in, as it was asked for, if that is known beforehand.
  func language(of choice: EngineChoice) -> String? {
    if let language = choice.language, LanguageCode.primary(language) != LanguageCode.auto { return language }
    guard case .told(_, let language)? = resolved(choice) else { return nil }
    return language
  }

  private func resolved(_ choice: EngineChoice) -> ModelSelection.Choice? {
    try? selection(of: choice.engine)?.choice(model: choice.model, language: choice.language)
  }

  /// Nil for an engine without models, which takes any language.
  private func selection(of engine: String) -> ModelSelection? {
    guard let models = self[engine]?.models, models.contains(where: { $0.problem == nil }) else { return nil }
    return ModelSelection(models, standard: language)
  }

  private subscript(name: String) -> EngineStatus? { statuses.first { $0.name == name } }
}

/// Engine, model and language that a stream asks for.
public struct EngineChoice: Equatable, Sendable {
  public var engine: String
  /// See `StreamRequest`.
  public var model: String?
  public var language: String?

  public init(engine: String, model: String? = nil, language: String? = nil) {
    self.engine = engine
    self.model = model
    self.language = language
  }
}

extension StreamRequest {
  public init(
    format: AudioFormat, _ choice: EngineChoice, wantsWords: Bool = false, utterances: UtteranceWishes = .init()
  ) {
    self.init(
      format: format, engine: choice.engine, model: choice.model, language: choice.language, wantsWords: wantsWords,
      utterances: utterances)
  }
}
