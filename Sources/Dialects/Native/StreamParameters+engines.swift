internal import Contract

extension StreamParameters {
  /// Whether the engine recognizes the language that is asked for, in any of its regions.
  func checkLanguage(in engines: EngineList) throws(ParameterError) {
    guard let language, let expected = engines.expectedLanguages(of: engine, insteadOf: language) else { return }
    throw ParameterError(parameter: "language", value: language, expected: expected)
  }
}
