/// Why the engine `speech` can't be had. Found before the library is called, which on some of these ends the process.
public enum SpeechError: Error, Equatable {
  /// Set it up: none of these folders holds the library.
  case notSetUp(searched: [String])
  /// Set it up anew: the dynamic linker's own words.
  case library(path: String, reason: String)
  /// Set it up anew: how the library lays out its structures depends on its version.
  case version(found: String, wanted: String)
  /// Put the description right: what in model.json is not as it must be.
  case description(path: String, problem: String)
  /// Bring the file back as it was.
  case file(path: String, problem: String)
  /// The library gave no recogniser for these files and wrote why to standard error.
  case refused(path: String)
  /// The operating system gave no thread.
  case thread(errno: Int32)
}

extension SpeechError: CustomStringConvertible {
  /// One sentence with what is wrong, and the command that puts it right where there is one.
  public var description: String {
    switch self {
    case .notSetUp(let searched):
      "speech recognition is not set up (looked in \(searched.joined(separator: ", "))): run Scripts/setup-speech"
    case .library(let path, let reason): "\(path) can't be loaded (\(reason)): run Scripts/setup-speech --again"
    case .version(let found, let wanted):
      "sherpa-onnx \(found) was found and \(wanted) is needed: run Scripts/setup-speech --again"
    case .description(let path, let problem): "\(path): \(problem); docs/models.md says what it holds"
    case .file(let path, let problem):
      "\(path) \(problem): copy the model again, or run Scripts/setup-speech --again if it is the one set up here"
    case .refused(let path):
      "sherpa-onnx can't use the model in \(path) and says why on standard error: check type and files in model.json, or run "
        + "Scripts/setup-speech --again if it is the one set up here"
    case .thread(let errno): "no thread to decode on (errno \(errno))"
    }
  }
}
