/// Decodes the open utterance of one stream, again and again.
struct PartialDecoder {
  struct Result {
    var text: String
    /// How many tokens the model took, if it tells.
    var tokens: Int
    var range: Range<Int>
  }

  /// What a streaming model has been given of the open utterance, up to the position `end`.
  private var streaming: (utterance: SherpaUtterance, start: Int, end: Int, gain: Float)?
  /// How far the open utterance was decoded.
  private var decodedEnd = 0
  private let silence: [Float]

  init(_ tuning: SpeechTuning) {
    silence = [Float](repeating: 0, count: Int(tuning.partials.silenceSeconds * Double(SpeechListener.rate)))
  }

  /// Whether an open utterance has audio that has not been decoded.
  func isBehind(_ listener: SpeechListener) -> Bool {
    listener.openRange.map { $0.upperBound > decodedEnd } ?? false
  }

  /// Nil if no utterance is open.
  mutating func decode(_ listener: SpeechListener, _ model: SherpaModel) -> Result? {
    guard let range = listener.openRange else { return nil }
    decodedEnd = range.upperBound
    if streaming?.start != range.lowerBound {
      // A streaming model hears the whole utterance with the gain of its beginning: a step would be a sound.
      streaming = SherpaUtterance(model).map {
        ($0, range.lowerBound, range.lowerBound, listener.withSamples(range, Loudness.gain))
      }
    }
    guard let (utterance, _, given, gain) = streaming else {
      let samples = listener.withSamples(range, Loudness.raised) + silence
      let (text, tokens) = samples.withUnsafeBufferPointer { model.decode($0, rate: SpeechListener.rate) }
      return Result(text: text, tokens: tokens, range: range)
    }
    let raised = listener.withSamples(given..<range.upperBound) { $0.map { $0 * gain } }
    raised.withUnsafeBufferPointer { utterance.accept($0, rate: SpeechListener.rate) }
    streaming?.end = range.upperBound
    return Result(text: utterance.text(), tokens: 0, range: range)
  }

  /// The open utterance is over.
  mutating func reset() { streaming = nil }
}
