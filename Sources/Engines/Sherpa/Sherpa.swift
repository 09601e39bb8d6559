internal import CSherpaOnnx
internal import Glibc
internal import Platform

/// The library sherpa-onnx, loaded once per process and never unloaded.
final class Sherpa: Sendable {
  /// The version whose structures CSherpaOnnx declares.
  static let version = "2.0.1"

  fileprivate let c: sherpa_functions

  init(path: String) throws(SpeechError) {
    guard let library = dlopen(path.systemName, RTLD_NOW | RTLD_LOCAL) else {
      throw .library(path: path, reason: dlerror().map { String(cString: $0) } ?? "unknown")
    }
    var functions = sherpa_functions()
    if let missing = sherpa_find(library, &functions) {
      throw .library(path: path, reason: "no function \(String(cString: missing))")
    }
    c = functions
    let found = c.version().map { String(cString: $0) } ?? "of no version"
    guard found == Self.version else { throw .version(found: found, wanted: Self.version) }
  }
}

/// A loaded model. Only one thread at a time may use it and what was made with it: its decoding thread, until no stream
/// uses it, and then the one that gives it back. This justifies `@unchecked`.
final class SherpaModel: @unchecked Sendable {
  private enum Handle {
    case offline(OpaquePointer)
    case online(OpaquePointer)
  }

  fileprivate let sherpa: Sherpa
  private let handle: Handle
  private let folder: SpeechModelFolder
  /// In which the next utterance is decoded; empty: the model finds it, or has only one.
  private var language: String

  /// Result of decoding an utterance.
  struct Decoding {
    var text = ""
    /// How many tokens it took, 0 if the model does not tell, or takes no more than the audio may have.
    var tokens = 0
    /// In which it was decoded, if the model tells.
    var language: String?
  }

  /// The folder's files must have been checked: the library ends the process on some bad ones.
  init(_ sherpa: Sherpa, _ folder: SpeechModelFolder) throws(SpeechError) {
    self.sherpa = sherpa
    self.folder = folder
    language = folder.model.language
    let strings = CStrings()
    let made =
      folder.model.kind.isStreaming
      ? withUnsafePointer(to: Self.onlineConfig(folder, strings)) { sherpa.c.create_online($0).map(Handle.online) }
      : withUnsafePointer(to: Self.offlineConfig(folder, language, strings)) {
        sherpa.c.create_offline($0).map(Handle.offline)
      }
    guard let made else { throw .refused(path: folder.path) }
    handle = made
  }

  deinit {
    switch handle {
    case .offline(let model): sherpa.c.destroy_offline(model)
    case .online(let model): sherpa.c.destroy_online(model)
    }
  }

  /// Decodes a whole utterance.
  /// - Parameter language: one of the model's; nil: the model's own, or the one that it finds.
  func decode(_ samples: UnsafeBufferPointer<Float>, rate: Int, language: String? = nil) -> Decoding {
    switch handle {
    case .offline(let model):
      set(language)
      let stream = sherpa.c.create_offline_stream(model)
      defer { sherpa.c.destroy_offline_stream(stream) }
      sherpa.c.accept_offline(stream, Int32(rate), samples.baseAddress, Int32(samples.count))
      sherpa.c.decode_offline(model, stream)
      guard let result = sherpa.c.offline_result(stream) else { return Decoding() }
      defer { sherpa.c.destroy_offline_result(result) }
      let text = String(cString: result.pointee.text)
      guard folder.model.kind.takesLanguage else { return Decoding(text: text, tokens: Int(result.pointee.count)) }
      let found = result.pointee.lang.map { String(cString: $0) } ?? ""
      return Decoding(text: InventedText.removed(from: text), language: found.isEmpty ? language : found)
    case .online:
      let utterance = SherpaUtterance(self)
      utterance?.accept(samples, rate: rate)
      return Decoding(text: utterance?.finish(rate: rate) ?? "")
    }
  }

  /// The silence that belongs behind an utterance of so many samples. Open: the speaker has not finished.
  ///
  /// Without it models leave out the last word of an open utterance, and with more they make one up. Whisper may take
  /// six tokens for each second it is given; fast speech of some languages has more.
  func silence(behind samples: Int, isOpen: Bool, rate: Int) -> Int {
    switch folder.model.kind {
    case .whisper: max(isOpen ? rate / 2 : rate, samples / 5)
    default: isOpen ? rate / 10 : 0
    }
  }

  /// The library ends the process on a language that the model does not have.
  private func set(_ language: String?) {
    let known = language.flatMap { folder.model.languages.contains($0) ? $0 : nil }
    let wanted = known ?? folder.model.language
    guard folder.model.kind.takesLanguage, wanted != self.language, case .offline(let model) = handle else { return }
    self.language = wanted
    let strings = CStrings()
    withUnsafePointer(to: Self.offlineConfig(folder, wanted, strings)) { sherpa.c.set_offline_config(model, $0) }
  }

  fileprivate var online: OpaquePointer? {
    guard case .online(let model) = handle else { return nil }
    return model
  }

  private static func offlineConfig(
    _ folder: SpeechModelFolder, _ language: String, _ strings: CStrings
  ) -> sherpa_offline_config {
    let model = folder.model
    func file(_ role: String) -> UnsafePointer<CChar>? { strings.copy(folder.file(role)) }
    let language = strings.copy(language)

    var config = sherpa_offline_config()
    config.feat_config = sherpa_feature_config(sample_rate: Int32(model.sampleRate), feature_dim: 80)
    config.decoding_method = strings.copy("greedy_search")
    config.model_config.tokens = file("tokens")
    config.model_config.provider = strings.copy("cpu")
    // A second thread makes one utterance no faster and costs 2.5 times the CPU.
    config.model_config.num_threads = 1
    switch model.kind {
    case .moonshine:
      config.model_config.moonshine = sherpa_moonshine_config(
        preprocessor: file("preprocessor"), encoder: file("encoder"), uncached_decoder: file("uncached_decoder"),
        cached_decoder: file("cached_decoder"), merged_decoder: file("merged_decoder"))
    case .whisper:
      config.model_config.whisper = sherpa_whisper_config(
        encoder: file("encoder"), decoder: file("decoder"), language: language, task: strings.copy("transcribe"),
        tail_paddings: whisperTailFrames, enable_token_timestamps: 0, enable_segment_timestamps: 0)
    case .senseVoice:
      config.model_config.sense_voice = sherpa_sense_voice_config(model: file("model"), language: language, use_itn: 1)
    case .transducer, .nemoTransducer:
      config.model_config.transducer = sherpa_transducer_config(
        encoder: file("encoder"), decoder: file("decoder"), joiner: file("joiner"))
      config.model_config.model_type = strings.copy(model.kind.rawValue)
    case .zipformer, .sileroVAD: preconditionFailure("\(model.kind.rawValue) does not take whole utterances")
    }
    return config
  }

  /// Behind each utterance, 10 ms each. The library's own are 1000: ten seconds more to encode. With 100, words are
  /// lost.
  private static let whisperTailFrames: Int32 = 300

  private static func onlineConfig(_ folder: SpeechModelFolder, _ strings: CStrings) -> sherpa_online_config {
    func file(_ role: String) -> UnsafePointer<CChar>? { strings.copy(folder.file(role)) }
    var config = sherpa_online_config()
    config.feat_config = sherpa_feature_config(sample_rate: Int32(folder.model.sampleRate), feature_dim: 80)
    config.decoding_method = strings.copy("greedy_search")
    config.model_config.tokens = file("tokens")
    config.model_config.provider = strings.copy("cpu")
    config.model_config.num_threads = 1
    config.model_config.transducer = sherpa_transducer_config(
      encoder: file("encoder"), decoder: file("decoder"), joiner: file("joiner"))
    return config
  }
}

/// An utterance that a streaming model takes piece by piece.
final class SherpaUtterance {
  private let model: SherpaModel
  private let recognizer: OpaquePointer
  private let stream: OpaquePointer

  /// Nil if the model takes whole utterances only.
  init?(_ model: SherpaModel) {
    guard let recognizer = model.online, let stream = model.sherpa.c.create_online_stream(recognizer) else {
      return nil
    }
    self.model = model
    self.recognizer = recognizer
    self.stream = stream
  }

  deinit { model.sherpa.c.destroy_online_stream(stream) }

  func accept(_ samples: UnsafeBufferPointer<Float>, rate: Int) {
    model.sherpa.c.accept_online(stream, Int32(rate), samples.baseAddress, Int32(samples.count))
  }

  /// The text so far.
  func text() -> String {
    while model.sherpa.c.online_ready(recognizer, stream) != 0 { model.sherpa.c.decode_online(recognizer, stream) }
    guard let result = model.sherpa.c.online_result(recognizer, stream) else { return "" }
    defer { model.sherpa.c.destroy_online_result(result) }
    return String(cString: result.pointee.text)
  }

  /// The whole text; nothing can be accepted afterwards.
  func finish(rate: Int) -> String {
    // The encoder returns the last words only when something follows them.
    let silence = [Float](repeating: 0, count: rate / 2)
    silence.withUnsafeBufferPointer { accept($0, rate: rate) }
    model.sherpa.c.finish_online(stream)
    return text()
  }
}

/// Finds speech in one stream's audio at 16 kHz. Positions are samples since the last `reset`.
final class SherpaVoiceDetector {
  static let rate = 16_000
  static let windowSamples = 512

  private let sherpa: Sherpa
  private let handle: OpaquePointer
  /// The silence that ends speech.
  let silenceSeconds: Double

  /// The folder's files must have been checked.
  init(_ sherpa: Sherpa, _ folder: SpeechModelFolder, _ tuning: SpeechTuning) throws(SpeechError) {
    let strings = CStrings()
    var config = sherpa_vad_config()
    config.silero_vad = sherpa_vad_type_config(
      model: strings.copy(folder.file("model")), threshold: tuning.threshold,
      min_silence_duration: Float(tuning.silenceSeconds), min_speech_duration: Float(tuning.speechSeconds),
      window_size: Int32(Self.windowSamples), max_speech_duration: Float(tuning.softSeconds))
    config.sample_rate = Int32(Self.rate)
    config.num_threads = 1
    config.provider = strings.copy("cpu")
    // It grows above this, with a message on standard error; no segment gets that long.
    guard let handle = sherpa.c.create_vad(&config, Float(2 * tuning.hardSeconds)) else {
      throw .refused(path: folder.path)
    }
    self.sherpa = sherpa
    self.handle = handle
    silenceSeconds = tuning.silenceSeconds
  }

  deinit { sherpa.c.destroy_vad(handle) }

  /// Takes one window.
  func accept(_ window: UnsafePointer<Float>) { sherpa.c.vad_accept(handle, window, Int32(Self.windowSamples)) }

  /// Whether the last window was in speech, or in a pause too short to end it.
  var isSpeech: Bool { sherpa.c.vad_detected(handle) != 0 }

  /// The next stretch of speech that has ended.
  func next() -> Range<Int>? {
    guard sherpa.c.vad_empty(handle) == 0, let segment = sherpa.c.vad_front(handle) else { return nil }
    defer {
      sherpa.c.destroy_segment(segment)
      sherpa.c.vad_pop(handle)
    }
    let start = Int(segment.pointee.start)
    return start..<start + Int(segment.pointee.n)
  }

  func reset() { sherpa.c.vad_reset(handle) }
}

/// C strings for a configuration. They live as long as this; the library copies them.
private final class CStrings {
  private var copies: [UnsafeMutablePointer<CChar>] = []

  /// Nil for nil, which the library takes as not specified.
  func copy(_ text: String?) -> UnsafePointer<CChar>? {
    guard let text, let copy = strdup(text.systemName) else { return nil }
    copies.append(copy)
    return UnsafePointer(copy)
  }

  deinit { for copy in copies { free(copy) } }
}
