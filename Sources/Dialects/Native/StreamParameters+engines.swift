internal import Contract

extension StreamParameters {
  /// Whether the engine recognizes the language that is asked for, in any of its regions.
  func checkLanguage(in engines: EngineList) throws(ParameterError) {
    guard let language, let known = engines.languages(of: engine) else { return }
    func primary(_ code: String) -> String { code.prefix { $0 != "-" }.lowercased() }
    guard !known.contains(where: { primary($0) == primary(language) }) else { return }
    throw ParameterError(
      parameter: "language", value: language, expected: "one of \(known.joined(separator: ", "))")
  }
}
