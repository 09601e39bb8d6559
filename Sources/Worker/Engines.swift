internal import JSON
internal import Recognition
internal import WorkerLink

/// The engines this worker has, and why it lacks those it was asked to have.
struct Engines {
  private var factories: [Engine: any RecognizerFactory] = [:]
  private var problems: [Engine: String] = [:]

  init(mock: any RecognizerFactory = MockRecognizerFactory()) { factories[.mock] = mock }

  /// Loads those of `names`. `model` is the folder of the model for `speech`, nil the one set up with it; `isTrial`: at the risk that
  /// it ends this process.
  init(loading names: [Engine], model: String?, isTrial: Bool = false) {
    for name in names {
      switch name {
      case .mock: factories[.mock] = MockRecognizerFactory()
      case .speech:
        if !isTrial, let problem = model.flatMap(ModelTrial.problem) {
          problems[.speech] = problem
          continue
        }
        do { factories[.speech] = try SpeechEngine(home: .find(), model: model) } catch {
          problems[.speech] = "\(error)"
        }
      }
    }
  }

  /// What makes the recognisers of `engine`, or nil when it was not asked for or could not be loaded.
  func factory(_ engine: Engine) -> (any RecognizerFactory)? { factories[engine] }

  /// Why it could not be loaded.
  func problem(_ engine: Engine) -> String? { problems[engine] }

  var allProblems: [String] {
    problems.sorted { $0.key.code < $1.key.code }.map { "engine \($0.key.rawValue): \($0.value)" }
  }

  /// The state of each, as `GET /api/audio/engines` tells it.
  var report: JSONValue {
    .array(
      Engine.allCases.filter { factories[$0] != nil || problems[$0] != nil }.map { engine in
        let problem = problems[engine]
        return .object(
          [
            .init(key: "engine", value: .string(engine.rawValue)),
            .init(key: "state", value: .string(problem == nil ? "ready" : "unavailable")),
          ] + (problem.map { [.init(key: "reason", value: .string($0))] } ?? []))
      })
  }
}
