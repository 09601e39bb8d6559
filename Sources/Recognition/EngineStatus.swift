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
  /// Nil for an engine that has none, or is not loaded.
  public var model: EngineModel?

  public init(name: String, state: State, isContinuous: Bool, model: EngineModel? = nil) {
    self.name = name
    self.state = state
    self.isContinuous = isContinuous
    self.model = model
  }
}
