import Audio

extension AudioFormat {
  func frames(milliseconds: Int) -> Int { max(1, sampleRate * milliseconds / 1000) }

  /// The nearest to it that the wire can carry.
  var sendable: AudioFormat {
    let rates = AudioFormat.sampleRatesHz
    return AudioFormat(
      sampleRate: min(max(sampleRate, rates.lowerBound), rates.upperBound),
      channels: min(channels, AudioFormat.channelCounts.upperBound), encoding: encoding)
  }

  /// For people.
  var words: String { "\(sampleRate) Hz, \(channels) ch, \(encoding.rawValue)" }
}
