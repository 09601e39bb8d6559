internal import Recognition

/// The models of the engine, in the operator's order: those that were checked, and why others cannot be used.
struct SpeechModelList {
  private(set) var models: [EngineModel] = []
  /// By name.
  private(set) var folders: [String: SpeechModelFolder] = [:]

  /// Checks the files in all folders and loads nothing.
  /// - Parameter problems: why models cannot be used, by name, as far as that is known before.
  init(_ paths: [String], problems: [String: String]) throws(SpeechError) {
    for path in paths {
      let name = Self.name(path)
      guard !models.contains(where: { $0.name == name }) else { throw .sameName(name) }
      if let problem = problems[name] {
        models.append(EngineModel(name: name, languages: [], problem: problem))
        continue
      }
      do throws(SpeechError) {
        let folder = try SpeechModelFolder(checking: path)
        guard folder.model.kind != .sileroVAD else {
          throw .description(
            path: "\(path)/model.json", problem: "type: expected a model that recognizes speech, got \"silero_vad\"")
        }
        folders[name] = folder
        models.append(EngineModel(folder.model, name: name))
      } catch {
        models.append(EngineModel(name: name, languages: [], problem: "\(error)"))
      }
    }
  }

  /// It turned out not to be usable.
  mutating func exclude(_ name: String, because problem: String) {
    for index in models.indices where models[index].name == name { models[index].problem = problem }
    folders[name] = nil
  }

  /// A model is named after its folder.
  private static func name(_ path: String) -> String { path.split(separator: "/").last.map(String.init) ?? path }
}

extension EngineModel {
  fileprivate init(_ model: SpeechModel, name: String) {
    self.init(
      name: name, languages: model.languages, detectsLanguage: model.language.isEmpty && model.languages.count > 1)
  }
}
