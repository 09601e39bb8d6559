internal import Glibc
internal import Platform

/// The folder that Scripts/setup-speech fills: `lib`, `models` and `vad`.
public struct SpeechHome: Equatable, Sendable {
  public let path: String

  public init(path: String) { self.path = path }

  var library: String { "\(path)/lib/libsherpa-onnx-c-api.so" }
  var voiceDetector: String { "\(path)/vad" }

  /// Folders of models: this one's own, and beside an installed program those that the operator brought.
  private var modelFolders: [String] {
    ["\(path)/models"] + (path.hasSuffix("/\(Self.installed)") ? [Self.operatorsModels] : [])
  }

  private static let installed = "lib/audio-service/speech"
  private static let operatorsModels = "/var/lib/audio-service/models"

  /// The folders of models: names of those that were set up with the library, or paths. Without any, all of the former.
  public func folders(ofModels names: [String]) -> [String] {
    guard names.isEmpty else { return names.map(folder) }
    let names = Set(modelFolders.flatMap(Self.models)).sorted()
    return (names.isEmpty ? [Self.firstModel] : names).map(inside)
  }

  private func folder(_ name: String) -> String {
    if name.contains("/") { return name }
    let inside = inside(name)
    return access(inside.systemName, F_OK) != 0 && access(name.systemName, F_OK) == 0 ? name : inside
  }

  /// The first folder of that name among the models; where it would be, if there is none.
  private func inside(_ name: String) -> String {
    let places = modelFolders.map { "\($0)/\(name)" }
    return places.first { access($0.systemName, F_OK) == 0 } ?? places[0]
  }

  /// The one that is always set up.
  private static let firstModel = "moonshine-tiny-en"

  /// Names of the folders with a model.
  private static func models(in folder: String) -> [String] {
    let names = (try? SmallFile.names(in: folder)) ?? []
    return names.filter { access("\(folder)/\($0)/model.json".systemName, R_OK) == 0 }
  }

  /// Finds it: the folder that was named, else `speech` beside an installed worker, else ../lib/audio-service/speech
  /// relative to the program, else .deps/speech in a folder above the program.
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
    let isInstalled = folders.suffix(2) == ["lib", "audio-service"]
    let home = isInstalled ? folders + ["speech"] : folders.dropLast() + [installed]
    var candidates = ["/" + home.joined(separator: "/")]
    while !folders.isEmpty {
      folders.removeLast()
      candidates.append("/" + (folders + [".deps/speech"]).joined(separator: "/"))
    }
    return candidates
  }
}
