/// The models that recognize, each loaded when it is first wanted, and voice detectors, one a stream. For one thread.
final class SpeechModels {
  private let sherpa: Sherpa
  /// Of the models that can be used, by name.
  private let folders: [String: SpeechModelFolder]
  private var loaded: [String: SherpaModel] = [:]
  private let voices: SpeechModelFolder
  /// Detectors of streams that are over, the newest last: loading one takes as long as listening to five seconds.
  private var spareDetectors: [SherpaVoiceDetector]

  /// Loads the library and a detector; the files must have been checked.
  init(
    library: String, _ folders: [String: SpeechModelFolder], voices: SpeechModelFolder, _ tuning: SpeechTuning
  ) throws(SpeechError) {
    self.folders = folders
    self.voices = voices
    sherpa = try Sherpa(path: library)
    spareDetectors = [try SherpaVoiceDetector(sherpa, voices, tuning)]
  }

  /// Loads a model, which takes half a second, unless it is loaded.
  func load(_ name: String) throws(SpeechError) {
    guard loaded[name] == nil, let folder = folders[name] else { return }
    let model = try SherpaModel(sherpa, folder)
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
    do { return try SherpaVoiceDetector(sherpa, voices, tuning) } catch {
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
