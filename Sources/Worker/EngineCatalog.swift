internal import EngineMock
internal import EngineSherpa
internal import Recognition

/// The engines of this worker.
struct EngineCatalog {
  /// All engines there are, in the order in which they are listed. A new one is a target in Sources/Engines and a line
  /// here.
  static let all = [
    EngineEntry("mock", isContinuous: false, flags: "--engine mock") { _ throws(EngineProblem) in
      MockRecognizerFactory()
    },
    EngineEntry(
      "speech", isContinuous: true, flags: "--engine speech or --models NAMES", prepare: prepareSpeech, load: loadSpeech
    ),
  ]

  /// Loads what the named engines need but no model, while this process is not restricted yet.
  /// - Returns: the files and folders they read later.
  static func prepare(
    _ names: [String], from entries: [EngineEntry] = all, _ options: inout EngineOptions
  ) -> [String] {
    var readable: [String] = []
    for entry in entries where names.contains(entry.name) { readable += entry.prepare(&options) }
    return readable
  }

  /// The state of each, also of those that were not loaded.
  let statuses: [EngineStatus]
  private let factories: [String: any RecognizerFactory]

  /// Loads the named engines.
  init(_ entries: [EngineEntry] = all, loading names: [String], _ options: EngineOptions = EngineOptions()) {
    var factories: [String: any RecognizerFactory] = [:]
    var statuses: [EngineStatus] = []
    for entry in entries {
      let start = options.isDistant ? "audio-worker with --engines \(entry.name)" : "audio-server with \(entry.flags)"
      var state = EngineStatus.State.unavailable(reason: "not enabled: start \(start)")
      if names.contains(entry.name) {
        do throws(EngineProblem) {
          factories[entry.name] = try entry.load(options)
          state = .ready
        } catch {
          state = .unavailable(reason: error.reason)
        }
      }
      statuses.append(
        EngineStatus(
          name: entry.name, state: state, isContinuous: entry.isContinuous,
          models: factories[entry.name]?.models ?? []))
    }
    self.factories = factories
    self.statuses = statuses
  }

  /// The factory of an engine's recognizers; throws the reason if it is not loaded.
  func factory(_ name: String) throws(EngineProblem) -> any RecognizerFactory {
    if let factory = factories[name] { return factory }
    let names = statuses.map(\.name).joined(separator: ", ")
    guard let status = statuses.first(where: { $0.name == name }), case .unavailable(let reason) = status.state else {
      throw EngineProblem(reason: "engine: expected one of \(names), got \"\(name)\"")
    }
    throw EngineProblem(reason: "engine \(name) is unavailable: \(reason)")
  }
}

/// An engine that can be loaded.
struct EngineEntry: Sendable {
  let name: String
  /// See `EngineStatus.isContinuous`.
  let isContinuous: Bool
  /// The server's flags that enable it.
  let flags: String
  /// See `EngineCatalog.prepare`.
  let prepare: @Sendable (inout EngineOptions) -> [String]
  let load: @Sendable (EngineOptions) throws(EngineProblem) -> any RecognizerFactory

  init(
    _ name: String, isContinuous: Bool, flags: String,
    prepare: @escaping @Sendable (inout EngineOptions) -> [String] = { _ in [] },
    load: @escaping @Sendable (EngineOptions) throws(EngineProblem) -> any RecognizerFactory
  ) {
    self.name = name
    self.isContinuous = isContinuous
    self.flags = flags
    self.prepare = prepare
    self.load = load
  }
}

/// What engines are loaded with.
struct EngineOptions: Sendable {
  /// Names of models that were set up, or their folders; empty for all of the former.
  var models: [String] = []
  /// The language of streams that name none; nil: whichever is spoken, if a model tells.
  var language: String?
  /// Why models cannot be used, by name, as far as that is known.
  var modelProblems: [String: String] = [:]
  /// Whether every model is loaded once.
  var loadsAll = false
  /// Utterances that the engine speech decodes at the same time.
  var decodeThreads = 1
  /// When the engine speech gives models back.
  var modelMemory = SpeechEngine.Memory()
  /// The folder of the engine speech; nil until it is found.
  var speechHome: String?
  /// Why the engine speech cannot be loaded, if that is known already.
  var speechProblem: String?
  /// Whether an operator starts `audio-worker`, not the server.
  var isDistant = false
}

/// Why an engine can't be loaded or used.
struct EngineProblem: Error, Equatable {
  var reason: String
}

/// Finds the folder of the engine speech and loads its library.
private func prepareSpeech(_ options: inout EngineOptions) -> [String] {
  do throws(SpeechError) {
    let home = SpeechHome(path: ReadablePath.canonical(try SpeechHome.find(named: options.speechHome).path))
    try home.loadLibrary()
    options.speechHome = home.path
    options.models = home.folders(ofModels: options.models).map(ReadablePath.canonical)
    return [home.path] + options.models
  } catch {
    options.speechProblem = "\(error)"
    return []
  }
}

private func loadSpeech(_ options: EngineOptions) throws(EngineProblem) -> any RecognizerFactory {
  if let problem = options.speechProblem { throw EngineProblem(reason: problem) }
  do throws(SpeechError) {
    var speech = SpeechEngine.Options(
      models: options.models, language: options.language, problems: options.modelProblems, loadsAll: options.loadsAll,
      decodeThreads: options.decodeThreads)
    speech.memory = options.modelMemory
    return try SpeechEngine(home: .find(named: options.speechHome), speech)
  } catch {
    throw EngineProblem(reason: "\(error)")
  }
}
