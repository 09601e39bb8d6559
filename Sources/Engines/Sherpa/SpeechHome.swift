internal import Glibc
internal import Platform

/// The folder that Scripts/setup-speech fills: `lib`, `models` and `vad`.
public struct SpeechHome: Equatable, Sendable {
  public let path: String

  public init(path: String) { self.path = path }

  var library: String { "\(path)/lib/libsherpa-onnx-c-api.so" }
  var voiceDetector: String { "\(path)/vad" }
  /// The model that is set up with the library.
  public var defaultModel: String { "\(path)/models/moonshine-tiny-en" }

  /// Finds it: the variable AUDIO_SPEECH_HOME, else ../lib/audio-service/speech relative to the program, else
  /// .deps/speech in a folder above the program.
  public static func find() throws(SpeechError) -> SpeechHome {
    let candidates = candidates(variable: environmentVariable("AUDIO_SPEECH_HOME"), program: executablePath())
    guard let home = candidates.first(where: { access(SpeechHome(path: $0).library.systemName, R_OK) == 0 }) else {
      throw .notSetUp(searched: candidates)
    }
    return SpeechHome(path: home)
  }

  static func candidates(variable: String?, program: String) -> [String] {
    // A folder that was named has no alternative.
    if let variable, !variable.isEmpty { return [variable] }
    var folders = program.split(separator: "/").dropLast().map(String.init)
    var candidates = ["/" + (folders.dropLast() + ["lib/audio-service/speech"]).joined(separator: "/")]
    while !folders.isEmpty {
      folders.removeLast()
      candidates.append("/" + (folders + [".deps/speech"]).joined(separator: "/"))
    }
    return candidates
  }
}
