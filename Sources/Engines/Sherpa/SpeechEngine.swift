internal import Platform
public import Recognition

/// The engine `speech`: its models and the decoding threads for all streams of the process.
public final class SpeechEngine: RecognizerFactory {
  /// Options of a start.
  public struct Options: Sendable {
    /// Folders with a model.json; empty for the models that were set up with the library.
    public var models: [String]
    /// The language of streams that name none: a code, or `auto`; nil: `auto`.
    public var language: String?
    /// Why models cannot be used, by name, as far as that is known.
    public var problems: [String: String]
    /// Whether every model is loaded once now, instead of when it is first wanted.
    public var loadsAll: Bool
    /// Utterances that are decoded at the same time, each on a thread with its own copy of the model.
    public var decodeThreads: Int
    public var memory = Memory()
    public var tuning = SpeechTuning()

    public init(
      models: [String] = [], language: String? = nil, problems: [String: String] = [:], loadsAll: Bool = false,
      decodeThreads: Int = 1
    ) {
      self.models = models
      self.language = language
      self.problems = problems
      self.loadsAll = loadsAll
      self.decodeThreads = decodeThreads
    }
  }

  /// When models are given back that no stream uses.
  public struct Memory: Sendable {
    /// Those that no stream has used for so long.
    public var idle = Duration.seconds(300)
    /// The least recently used when another is loaded and the heap of the process would exceed this.
    public var limitBytes: Int?

    public init() {}
  }

  private let tuning: SpeechTuning
  private let selection: ModelSelection
  private let threads: DecodingThreads
  let loaded: LoadedModels
  private var streams: UInt64 = 0
  public let models: [EngineModel]

  /// Checks all files, loads the model of streams that name none, which takes half a second, and starts the threads.
  /// All but the first load their models when they need them.
  public init(home: SpeechHome, _ options: Options = Options()) throws(SpeechError) {
    tuning = options.tuning
    let paths = options.models.isEmpty ? home.folders(ofModels: []) : options.models
    var list = try SpeechModelList(paths, problems: options.problems)
    let library = try SpeechLibrary(home.library, list.folders, voices: try Self.voices(home))
    let loaded = LoadedModels(library, idle: options.memory.idle, limitBytes: options.memory.limitBytes)
    let models = SpeechModels(library, loaded, thread: 0)
    try models.loadDetector(options.tuning)
    if options.loadsAll { for model in list.models { Self.load(model.name, models, &list) } }
    selection = try Self.loadFirst(models, &list, language: options.language)
    self.models = list.models
    self.loaded = loaded
    do throws(SystemError) {
      let others = (1..<max(1, options.decodeThreads)).map { SpeechModels(library, loaded, thread: $0) }
      threads = try DecodingThreads([models] + others, selection, options.tuning)
    } catch {
      throw .thread(errno: error.code)
    }
  }

  deinit { threads.end() }

  public var isContinuous: Bool { true }

  public func problem(_ request: StreamRequest) -> String? {
    do throws(ModelSelection.Problem) {
      _ = try selection.choice(model: request.model, language: request.language)
      return nil
    } catch {
      return "\(error)"
    }
  }

  public func recognizer(
    stream: StreamID, request: StreamRequest, from checkpoint: Checkpoint, sink: any TranscriptSink
  ) -> any Recognizer {
    guard let choice = try? selection.choice(model: request.model, language: request.language) else {
      preconditionFailure("A stream with a problem was opened.")
    }
    streams += 1
    let context = StreamContext(
      number: streams, request: request, choice: choice, beginning: checkpoint, sink: sink,
      backlog: DecodeBacklog(limitSeconds: tuning.backlogSeconds))
    // Until more is decoded, another worker would have to start where this one does.
    sink.push(nil, RecognitionProgress(checkpoint: checkpoint))
    return SpeechRecognizer(context, threads.open())
  }

  private static func voices(_ home: SpeechHome) throws(SpeechError) -> SpeechModelFolder {
    let voices = try SpeechModelFolder(checking: home.voiceDetector)
    guard voices.model.kind == .sileroVAD else {
      throw .description(
        path: "\(voices.path)/model.json",
        problem: "type: expected \"silero_vad\", got \"\(voices.model.kind.rawValue)\"")
    }
    return voices
  }

  private static func load(_ name: String, _ models: SpeechModels, _ list: inout SpeechModelList) {
    do throws(SpeechError) { try models.load(name) } catch { list.exclude(name, because: "\(error)") }
  }

  /// Loads the model of streams that name none: of those that can be used, the first to load.
  private static func loadFirst(
    _ models: SpeechModels, _ list: inout SpeechModelList, language: String?
  ) throws(SpeechError) -> ModelSelection {
    while list.models.contains(where: { $0.problem == nil }) {
      let selection = ModelSelection(list.models, standard: language)
      do throws(ModelSelection.Problem) {
        if let language { _ = try selection.choice(language: language) }
        let first = try selection.choice().model
        models.keep(first)
        load(first, models, &list)
        if list.folders[first] != nil { return selection }
      } catch {
        throw .language(error.value, expected: error.expected)
      }
    }
    throw .noModel(reason: list.models.first?.problem ?? "no models")
  }
}
