internal import Contract

extension StreamParameters {
  /// Whether the engine recognizes the language that is asked for, in any of its regions.
  func checkLanguage(in engines: EngineList) throws(ParameterError) {
    guard let language, !engines.knows(language: language, of: engine) else { return }
    throw ParameterError(
      parameter: "language", value: language,
      expected: "one of \((engines.languages(of: engine) ?? []).joined(separator: ", "))")
  }
}
