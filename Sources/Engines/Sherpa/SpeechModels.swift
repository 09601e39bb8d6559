/// sherpa-onnx and the folders of models, all of them checked.
struct SpeechLibrary {
  let sherpa: Sherpa
  /// Of the models that can be used, by name.
  let folders: [String: SpeechModelFolder]
  let voices: SpeechModelFolder

  /// Loads the library.
  init(
    _ path: String, _ folders: [String: SpeechModelFolder], voices: SpeechModelFolder
  ) throws(SpeechError) {
    sherpa = try Sherpa(path: path)
    self.folders = folders
    self.voices = voices
  }
}

/// The models and the voice detectors of one decoding thread.
final class SpeechModels {
  private let library: SpeechLibrary
  private let loaded: LoadedModels
  private let thread: Int
  /// Detectors of streams that are over, the newest last: loading one takes as long as listening to five seconds.
  private var spareDetectors: [SherpaVoiceDetector] = []

  /// Loads nothing.
  init(_ library: SpeechLibrary, _ loaded: LoadedModels, thread: Int) {
    self.library = library
    self.loaded = loaded
    self.thread = thread
  }

  /// Loads a detector, which shows whether it can be.
  func loadDetector(_ tuning: SpeechTuning) throws(SpeechError) {
    spareDetectors.append(try SherpaVoiceDetector(library.sherpa, library.voices, tuning))
  }

  /// Loads a model, unless it is loaded.
  func load(_ name: String) throws(SpeechError) { try loaded.load(copy(name)) }

  /// Has a model stay loaded.
  func keep(_ name: String) { loaded.keep(copy(name)) }

  /// A model that can be used, for an utterance of this stream.
  func model(_ name: String, for stream: StreamContext) -> SherpaModel {
    do throws(SpeechError) {
      if let model = try loaded.model(copy(name), for: stream.number) { return model }
    } catch {
      // The next worker finds out why before it takes streams.
      preconditionFailure("The files of the model \(name) were good and cannot be loaded now: \(error)")
    }
    preconditionFailure("A stream was given the unknown model \(name).")
  }

  /// The stream is over.
  func end(_ stream: StreamContext) { loaded.end(stream.number) }

  /// When models are to be given back.
  var nextExpiry: Duration? { loaded.nextExpiry }

  /// Gives back those that no stream has used for too long.
  func giveBackExpired() { loaded.giveBackExpired() }

  private func copy(_ name: String) -> LoadedModels.Copy { LoadedModels.Copy(model: name, thread: thread) }

  /// - Parameter tuning: the stream's own.
  func takeDetector(_ tuning: SpeechTuning) -> SherpaVoiceDetector {
    if let index = spareDetectors.lastIndex(where: { $0.silenceSeconds == tuning.silenceSeconds }) {
      return spareDetectors.remove(at: index)
    }
    do { return try SherpaVoiceDetector(library.sherpa, library.voices, tuning) } catch {
      preconditionFailure("A voice detector was loaded before and cannot be loaded now: \(error)")
    }
  }

  /// Keeps the detector of a stream that is over.
  func release(_ detector: SherpaVoiceDetector) {
    detector.reset()
    if spareDetectors.count == Self.largestSpareCount { spareDetectors.removeFirst() }
    spareDetectors.append(detector)
  }

  private static let largestSpareCount = 8
}
