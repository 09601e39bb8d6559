/// The loaded models: one that recognizes, and voice detectors, one a stream. For one thread.
final class SpeechModels {
  let recognizer: SherpaModel
  /// The code of the model's language; nil if the model decides.
  let language: String?
  private let sherpa: Sherpa
  private let voices: SpeechModelFolder
  /// Detectors of streams that are over, the newest last: loading one takes as long as listening to five seconds.
  private var spareDetectors: [SherpaVoiceDetector]

  /// Loads everything; the files must have been checked.
  init(
    library: String, model folder: SpeechModelFolder, voices: SpeechModelFolder, _ tuning: SpeechTuning
  ) throws(SpeechError) {
    self.voices = voices
    language = folder.model.language.isEmpty ? nil : folder.model.language
    sherpa = try Sherpa(path: library)
    recognizer = try SherpaModel(sherpa, folder)
    spareDetectors = [try SherpaVoiceDetector(sherpa, voices, tuning)]
    // The first utterance takes longer, because memory is laid out during it, and the library reports a model that
    // can't decode only now. Not silence, which is returned undecoded.
    let hum = (0..<SherpaVoiceDetector.rate / 2).map { Float($0 % 160) / 800 - 0.1 }
    _ = hum.withUnsafeBufferPointer { recognizer.decode($0, rate: SherpaVoiceDetector.rate) }
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
