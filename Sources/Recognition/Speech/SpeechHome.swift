internal import Glibc

/// The folder that Scripts/setup-speech filled: `lib`, `models` and `vad`.
public struct SpeechHome: Equatable, Sendable {
  public let path: String

  public init(path: String) { self.path = path }

  var library: String { "\(path)/lib/libsherpa-onnx-c-api.so" }
  var voiceDetector: String { "\(path)/vad" }
  /// The model that is set up with it.
  public var defaultModel: String { "\(path)/models/moonshine-tiny-en" }

  /// Finds it: the variable AUDIO_SPEECH_HOME, else ../lib/audio-service/speech seen from the program, else .deps/speech in one
  /// of the folders above the program.
  public static func find() throws(SpeechError) -> SpeechHome {
    let candidates = candidates(
      variable: getenv("AUDIO_SPEECH_HOME").map { String(cString: $0) }, program: programPath() ?? "")
    guard let home = candidates.first(where: { access(SpeechHome(path: $0).library, R_OK) == 0 }) else {
      throw .notSetUp(searched: candidates)
    }
    return SpeechHome(path: home)
  }

  static func candidates(variable: String?, program: String) -> [String] {
    // Who names a folder wants no other.
    if let variable, !variable.isEmpty { return [variable] }
    var folders = program.split(separator: "/").dropLast().map(String.init)
    var candidates = ["/" + (folders.dropLast() + ["lib/audio-service/speech"]).joined(separator: "/")]
    while !folders.isEmpty {
      folders.removeLast()
      candidates.append("/" + (folders + [".deps/speech"]).joined(separator: "/"))
    }
    return candidates
  }

  private static func programPath() -> String? {
    guard let path = realpath("/proc/self/exe", nil) else { return nil }
    defer { free(path) }
    return String(cString: path)
  }
}
