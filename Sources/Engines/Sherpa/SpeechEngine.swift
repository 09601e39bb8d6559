internal import Platform
public import Recognition

/// The engine `speech`: one model and one decoding thread for all streams of the process.
public final class SpeechEngine: RecognizerFactory {
  private let mailbox = DecoderMailbox()
  private let tuning: SpeechTuning
  /// Nil until it has been started: failures before that also end in `deinit`.
  private var thread: SystemThread?
  private var streams: UInt64 = 0
  public let model: EngineModel?

  /// Checks all files, loads them, which takes half a second, and starts the thread.
  /// - Parameter model: a folder with a model.json; nil for the model that was set up with the library.
  public init(
    home: SpeechHome, model: String? = nil, tuning: SpeechTuning = SpeechTuning()
  ) throws(SpeechError) {
    self.tuning = tuning
    let (folder, voices) = try Self.check(home: home, model: model)
    self.model = EngineModel(folder)
    let models = try SpeechModels(library: home.library, model: folder, voices: voices, tuning)
    // The new thread is the only one to use them from here on.
    nonisolated(unsafe) let decoder = SpeechDecoder(mailbox, models, tuning)
    do throws(SystemError) {
      thread = try SystemThread { decoder.run() }
    } catch {
      throw .thread(errno: error.code)
    }
  }

  /// Ends the thread after the utterance it is decoding; finishes that have not been answered by then never are.
  deinit {
    mailbox.close()
    thread?.join()
  }

  public var isContinuous: Bool { true }

  public func recognizer(
    stream: StreamID, request: StreamRequest, from checkpoint: Checkpoint, sink: any TranscriptSink
  ) -> any Recognizer {
    streams += 1
    let context = StreamContext(
      number: streams, request: request, beginning: checkpoint, sink: sink,
      backlog: DecodeBacklog(limitSeconds: tuning.backlogSeconds))
    // Until more is decoded, another worker would have to start where this one does.
    sink.push(nil, RecognitionProgress(checkpoint: checkpoint))
    return SpeechRecognizer(context, mailbox)
  }

  /// Checks all files and loads nothing.
  static func check(
    home: SpeechHome, model: String?
  ) throws(SpeechError) -> (model: SpeechModelFolder, voices: SpeechModelFolder) {
    let folder = try SpeechModelFolder(checking: model ?? home.defaultModel)
    guard folder.model.kind != .sileroVAD else {
      throw .description(
        path: "\(folder.path)/model.json", problem: "type: expected a model that recognizes speech, got \"silero_vad\"")
    }
    let voices = try SpeechModelFolder(checking: home.voiceDetector)
    guard voices.model.kind == .sileroVAD else {
      throw .description(
        path: "\(voices.path)/model.json",
        problem: "type: expected \"silero_vad\", got \"\(voices.model.kind.rawValue)\"")
    }
    return (folder, voices)
  }
}

extension EngineModel {
  /// Named after its folder.
  init(_ folder: SpeechModelFolder) {
    let language = folder.model.language
    self.init(
      name: folder.path.split(separator: "/").last.map(String.init) ?? folder.path,
      languages: language.isEmpty ? [] : [language])
  }
}
