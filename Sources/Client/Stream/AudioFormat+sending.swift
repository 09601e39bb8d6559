import Audio

extension AudioFormat {
  func frames(milliseconds: Int) -> Int { max(1, sampleRate * milliseconds / 1000) }

  /// The nearest format that the protocol supports.
  var sendable: AudioFormat {
    let rates = AudioFormat.sampleRatesHz
    return AudioFormat(
      sampleRate: min(max(sampleRate, rates.lowerBound), rates.upperBound),
      channels: min(channels, AudioFormat.channelCounts.upperBound), encoding: encoding)
  }

  /// In words.
  var words: String { "\(sampleRate) Hz, \(channels) ch, \(encoding.rawValue)" }
}
