public import Audio
internal import Glibc

/// The engine `speech`: one model and one thread that decodes, for all streams of the process.
public final class SpeechEngine: RecognizerFactory {
  private let desk = SpeechDesk()
  private let tuning: SpeechTuning
  /// nil until it has been started: what fails before that ends in `deinit` too.
  private var thread: pthread_t?
  private var streams: UInt64 = 0

  /// Checks all files, then loads them, which takes half a second, and starts the thread.
  ///
  /// `model` is a folder with a model.json; nil means the one that was set up with the library.
  public init(
    home: SpeechHome, model: String? = nil, tuning: SpeechTuning = SpeechTuning()
  ) throws(SpeechError) {
    self.tuning = tuning
    let (folder, voices) = try Self.check(home: home, model: model)
    let decoder = try SpeechDecoder(desk, library: home.library, model: folder, voices: voices, tuning)
    let passed = Unmanaged.passRetained(decoder)
    var started = pthread_t()
    let code = pthread_create(&started, nil, decode, passed.toOpaque())
    guard code == 0 else {
      passed.release()
      throw .thread(errno: code)
    }
    thread = started
  }

  /// Ends the thread, after what it is just decoding; finishes not answered by then never are.
  deinit {
    desk.close()
    if let thread { pthread_join(thread, nil) }
  }

  public func recognizer(stream: UInt64, format: AudioFormat, from checkpoint: Checkpoint) -> any Recognizer {
    streams += 1
    let inbox = SpeechInbox(
      number: streams, format: format, from: checkpoint, backlogSeconds: tuning.backlogSeconds)
    return SpeechRecognizer(inbox, desk)
  }

  /// Looks at all files and loads nothing.
  static func check(
    home: SpeechHome, model: String?
  ) throws(SpeechError) -> (model: SpeechModelFolder, voices: SpeechModelFolder) {
    let folder = try SpeechModelFolder(checking: model ?? home.defaultModel)
    guard folder.model.kind != .sileroVAD else {
      throw .description(path: "\(folder.path)/model.json", problem: "a silero_vad finds speech and recognises none")
    }
    let voices = try SpeechModelFolder(checking: home.voiceDetector)
    guard voices.model.kind == .sileroVAD else {
      throw .description(path: "\(voices.path)/model.json", problem: "the type must be silero_vad")
    }
    return (folder, voices)
  }
}

/// Where the decoding thread begins.
private func decode(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
  guard let context else { preconditionFailure("the thread is started with its decoder") }
  Unmanaged<SpeechDecoder>.fromOpaque(context).takeRetainedValue().run()
  return nil
}
