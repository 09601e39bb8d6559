internal import Recognition

/// With which model, and in which language, the utterances of a stream are decoded.
struct DecodingPlan {
  private let choice: ModelSelection.Choice
  private let selection: ModelSelection
  private var finder: LanguageFinder

  /// - Parameter finder: what is known of the language beforehand.
  init(_ choice: ModelSelection.Choice, _ selection: ModelSelection, _ finder: LanguageFinder = LanguageFinder()) {
    self.choice = choice
    self.selection = selection
    self.finder = finder
  }

  /// For an utterance that begins then, in seconds of the stream. No language: the model's own, or the one it finds.
  func step(at start: Double) -> (model: String, language: String?) {
    switch choice {
    case .told(let model, let language): return (model, language)
    case .found(let finding, let mayChange):
      guard let language = finder.settled(at: start) else { return (finding, nil) }
      return (mayChange ? selection.model(for: language) ?? finding : finding, language)
    }
  }

  /// An utterance with words was in this language, if the model tells.
  mutating func heard(_ language: String?, from start: Double, to end: Double) {
    guard let language, case .found = choice else { return }
    finder.take(language, from: start, to: end)
  }
}
