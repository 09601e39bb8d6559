/// An engine and whether streams can use it.
public struct EngineStatus: Equatable, Sendable {
  public enum State: Equatable, Sendable {
    case ready
    case unavailable(reason: String)
  }

  public var name: String
  public var state: State
  /// True: utterances span chunks. False: each chunk has exactly one text, which is there at once.
  public var isContinuous: Bool
  /// Its models in the operator's order; empty for an engine that needs none, or is not loaded.
  public var models: [EngineModel]

  public init(name: String, state: State, isContinuous: Bool, models: [EngineModel] = []) {
    self.name = name
    self.state = state
    self.isContinuous = isContinuous
    self.models = models
  }
}

extension EngineStatus {
  /// The first of its models that can be used.
  public var model: EngineModel? { models.first { $0.problem == nil } }

  /// All languages of the models that can be used.
  public var languages: [String] { ModelSelection(models).languages }
}
