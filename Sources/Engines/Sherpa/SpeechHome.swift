internal import Glibc
internal import Platform

/// The folder that Scripts/setup-speech fills: `lib`, `models` and `vad`.
public struct SpeechHome: Equatable, Sendable {
  public let path: String

  public init(path: String) { self.path = path }

  var library: String { "\(path)/lib/libsherpa-onnx-c-api.so" }
  var voiceDetector: String { "\(path)/vad" }
  private var models: String { "\(path)/models" }

  /// The folders of models: names of those that were set up with the library, or paths. Without any, all of the former.
  public func folders(ofModels names: [String]) -> [String] {
    guard names.isEmpty else { return names.map(folder) }
    let names = setUpModels
    return (names.isEmpty ? [Self.firstModel] : names).map { "\(models)/\($0)" }
  }

  private func folder(_ name: String) -> String {
    let inside = "\(models)/\(name)"
    if name.contains("/") { return name }
    return access(inside.systemName, F_OK) != 0 && access(name.systemName, F_OK) == 0 ? name : inside
  }

  /// The one that is always set up.
  private static let firstModel = "moonshine-tiny-en"

  /// Names of the folders with a model, sorted.
  private var setUpModels: [String] {
    guard let folder = opendir(models.systemName) else { return [] }
    defer { closedir(folder) }
    var names: [String] = []
    while let entry = readdir(folder) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      if access("\(models)/\(name)/model.json".systemName, R_OK) == 0 { names.append(name) }
    }
    return names.sorted()
  }

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
