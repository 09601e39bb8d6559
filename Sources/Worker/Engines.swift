internal import Recognition
internal import WorkerLink

/// The engines this worker has.
struct Engines {
  private let mock: any RecognizerFactory

  init(mock: any RecognizerFactory = MockRecognizerFactory()) { self.mock = mock }

  /// What makes the recognisers of `engine`, or nil when it is not built in or could not be loaded.
  func factory(_ engine: Engine) -> (any RecognizerFactory)? {
    switch engine {
    case .mock: mock
    case .speech: nil
    }
  }
}
