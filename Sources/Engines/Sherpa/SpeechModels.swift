/// The loaded models: one that recognizes, and voice detectors, one a stream. For one thread.
final class SpeechModels {
  let recognizer: SherpaModel
  /// The code of the model's language; nil if the model decides.
  let language: String?
  private let sherpa: Sherpa
  private let voices: SpeechModelFolder
  private let tuning: SpeechTuning
  /// Detectors of streams that are over: loading one takes as long as listening to five seconds.
  private var spareDetectors: [SherpaVoiceDetector]

  /// Loads everything; the files must have been checked.
  init(
    library: String, model folder: SpeechModelFolder, voices: SpeechModelFolder, _ tuning: SpeechTuning
  ) throws(SpeechError) {
    self.voices = voices
    self.tuning = tuning
    language = folder.model.language.isEmpty ? nil : folder.model.language
    sherpa = try Sherpa(path: library)
    recognizer = try SherpaModel(sherpa, folder)
    spareDetectors = [try SherpaVoiceDetector(sherpa, voices, tuning)]
    // The first utterance takes longer, because memory is laid out during it, and the library reports a model that
    // can't decode only now. Not silence, which is returned undecoded.
    let hum = (0..<SherpaVoiceDetector.rate / 2).map { Float($0 % 160) / 800 - 0.1 }
    _ = hum.withUnsafeBufferPointer { recognizer.decode($0, rate: SherpaVoiceDetector.rate) }
  }

  func takeDetector() -> SherpaVoiceDetector {
    if let spare = spareDetectors.popLast() { return spare }
    do { return try SherpaVoiceDetector(sherpa, voices, tuning) } catch {
      preconditionFailure("A voice detector was loaded before and cannot be loaded now: \(error)")
    }
  }

  /// Keeps the detector of a stream that is over.
  func release(_ detector: SherpaVoiceDetector) {
    guard spareDetectors.count < Self.largestSpareCount else { return }
    detector.reset()
    spareDetectors.append(detector)
  }

  private static let largestSpareCount = 8
}
