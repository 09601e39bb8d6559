/// Why the engine `speech` is unavailable. Found before the library is called, which ends the process on some of these.
public enum SpeechError: Error, Equatable {
  /// None of these folders has the library: set it up.
  case notSetUp(searched: [String])
  /// The dynamic linker's own words: set the library up again.
  case library(path: String, reason: String)
  /// The layout of the library's structures depends on its version: set it up again.
  case version(found: String, wanted: String)
  /// model.json is wrong: correct it.
  case description(path: String, problem: String)
  /// A file is missing or damaged: restore it.
  case file(path: String, problem: String)
  /// The library rejected these files and wrote the reason to standard error.
  case refused(path: String)
  /// Models are known by the names of their folders.
  case sameName(String)
  /// None of the models can be used; this is why not the first.
  case noModel(reason: String)
  /// No model has the operator's language.
  case language(String, expected: String)
  /// The operating system refused a thread.
  case thread(errno: Int32)
}

extension SpeechError: CustomStringConvertible {
  /// What is wrong, and the command that fixes it where there is one.
  public var description: String {
    switch self {
    case .notSetUp(let searched):
      "speech recognition is not set up (looked in \(searched.joined(separator: ", "))): run Scripts/setup-speech"
    case .library(let path, let reason): "\(path) cannot be loaded (\(reason)): run Scripts/setup-speech --again"
    case .version(let found, let wanted):
      "sherpa-onnx: expected version \(wanted), got \(found): run Scripts/setup-speech --again"
    case .description(let path, let problem): "\(path): \(problem); see docs/models.md"
    case .file(let path, let problem):
      "\(path) \(problem): copy the model again, or run Scripts/setup-speech --again if it is the one set up here"
    case .refused(let path):
      "sherpa-onnx cannot use the model in \(path); the reason is on standard error: check type and files in model.json, or run "
        + "Scripts/setup-speech --again if it is the one set up here"
    case .sameName(let name): "models: expected folders with different names, got \(name) twice"
    case .noModel(let reason): reason
    case .language(let value, let expected): "language: expected \(expected), got \"\(value)\""
    case .thread(let errno): "cannot start the decoding thread (errno \(errno))"
    }
  }
}
