internal import Contract
internal import Recognition

extension StreamParameters {
  /// Checks that the engine has the model and the language that are asked for; a model's name stands for its engine,
  /// too.
  mutating func resolve(in engines: EngineList) throws(ParameterError) {
    if let model, let owner = engines.engine(withModel: model), engines.selectable.contains(owner) { engine = owner }
    do throws(ModelSelection.Problem) {
      try engines.check(EngineChoice(engine: engine, model: model, language: language))
    } catch {
      throw ParameterError(parameter: error.parameter, value: error.value, expected: error.expected)
    }
  }
}
