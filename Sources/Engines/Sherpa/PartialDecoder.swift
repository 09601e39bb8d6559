/// Decodes the open utterance of one stream, again and again.
struct PartialDecoder {
  struct Result {
    var decoding: SherpaModel.Decoding
    var range: Range<Int>
    /// Whether the audio ends amid a sound.
    var isCutOff: Bool
  }

  /// What a streaming model has been given of the open utterance, up to the position `end`.
  private var streaming: (utterance: SherpaUtterance, start: Int, end: Int, gain: Float)?
  /// How far the open utterance was decoded.
  private var decodedEnd = 0
  /// Whether a word of what was decoded is not shown.
  var isIncomplete = false

  /// Whether an open utterance has audio that has not been decoded, or is not shown.
  func isBehind(_ listener: SpeechListener) -> Bool {
    listener.openRange.map { $0.upperBound > decodedEnd || isIncomplete } ?? false
  }

  /// Nil if no utterance is open.
  mutating func decode(_ listener: SpeechListener, _ model: SherpaModel, language: String?) -> Result? {
    guard let range = listener.openRange else { return nil }
    decodedEnd = range.upperBound
    isIncomplete = false
    let isCutOff = listener.withSamples(range) { Loudness.isCutOff($0, rate: SpeechListener.rate) }
    if streaming?.start != range.lowerBound {
      // A streaming model hears the whole utterance with the gain of its beginning: a step would be a sound.
      streaming = SherpaUtterance(model).map {
        ($0, range.lowerBound, range.lowerBound, listener.withSamples(range, Loudness.gain))
      }
    }
    guard let (utterance, _, given, gain) = streaming else {
      let samples = listener.withSamples(range, Loudness.raised).followed(bySilenceFor: model, isOpen: true)
      let decoding = samples.withUnsafeBufferPointer {
        model.decode($0, rate: SpeechListener.rate, language: language)
      }
      return Result(decoding: decoding, range: range, isCutOff: isCutOff)
    }
    let raised = listener.withSamples(given..<range.upperBound) { $0.map { $0 * gain } }
    raised.withUnsafeBufferPointer { utterance.accept($0, rate: SpeechListener.rate) }
    streaming?.end = range.upperBound
    return Result(decoding: SherpaModel.Decoding(text: utterance.text()), range: range, isCutOff: isCutOff)
  }

  /// The open utterance is over.
  mutating func reset() {
    streaming = nil
    isIncomplete = false
  }
}

extension [Float] {
  /// An utterance as the model wants it.
  func followed(bySilenceFor model: SherpaModel, isOpen: Bool) -> [Float] {
    self + [Float](repeating: 0, count: model.silence(behind: count, isOpen: isOpen, rate: SpeechListener.rate))
  }
}
