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

  /// Finds it: the folder that was named, else ../lib/audio-service/speech relative to the program, else .deps/speech
  /// in a folder above the program.
  public static func find(named name: String?) throws(SpeechError) -> SpeechHome {
    let candidates = candidates(named: name, program: executablePath())
    guard let home = candidates.first(where: { access(SpeechHome(path: $0).library.systemName, R_OK) == 0 }) else {
      throw .notSetUp(searched: candidates)
    }
    return SpeechHome(path: home)
  }

  /// Loads the library, and no model: for a process that may load no code later.
  public func loadLibrary() throws(SpeechError) { _ = try Sherpa(path: library) }

  static func candidates(named name: String?, program: String) -> [String] {
    // A folder that was named has no alternative.
    if let name, !name.isEmpty { return [name] }
    var folders = program.split(separator: "/").dropLast().map(String.init)
    var candidates = ["/" + (folders.dropLast() + ["lib/audio-service/speech"]).joined(separator: "/")]
    while !folders.isEmpty {
      folders.removeLast()
      candidates.append("/" + (folders + [".deps/speech"]).joined(separator: "/"))
    }
    return candidates
  }
}
