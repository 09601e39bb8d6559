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

/// The models that recognize, each loaded when it is first wanted, and voice detectors, one a stream. For one thread.
final class SpeechModels {
  private let library: SpeechLibrary
  private var loaded: [String: SherpaModel] = [:]
  /// Detectors of streams that are over, the newest last: loading one takes as long as listening to five seconds.
  private var spareDetectors: [SherpaVoiceDetector] = []

  /// Loads nothing.
  init(_ library: SpeechLibrary) { self.library = library }

  /// Loads a detector, which shows whether it can be.
  func loadDetector(_ tuning: SpeechTuning) throws(SpeechError) {
    spareDetectors.append(try SherpaVoiceDetector(library.sherpa, library.voices, tuning))
  }

  /// Loads a model, which takes half a second, unless it is loaded.
  func load(_ name: String) throws(SpeechError) {
    guard loaded[name] == nil, let folder = library.folders[name] else { return }
    let model = try SherpaModel(library.sherpa, folder)
    // The first utterance takes longer, because memory is laid out during it, and the library reports a model that
    // can't decode only now. Not silence, which is returned undecoded.
    let hum = (0..<SherpaVoiceDetector.rate / 2).map { Float($0 % 160) / 800 - 0.1 }
    _ = hum.withUnsafeBufferPointer { model.decode($0, rate: SherpaVoiceDetector.rate) }
    loaded[name] = model
  }

  /// A model that can be used.
  func model(_ name: String) -> SherpaModel {
    do { try load(name) } catch {
      // The next worker finds out why before it takes streams.
      preconditionFailure("The files of the model \(name) were good and cannot be loaded now: \(error)")
    }
    guard let model = loaded[name] else { preconditionFailure("A stream was given the unknown model \(name).") }
    return model
  }

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
