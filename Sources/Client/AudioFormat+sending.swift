import Wire

extension AudioFormat {
  func frames(milliseconds: Int) -> Int { max(1, sampleRate * milliseconds / 1000) }

  /// The nearest to it that the wire can carry.
  var sendable: AudioFormat {
    let rates = Limits.sampleRatesHz
    return AudioFormat(
      sampleRate: min(max(sampleRate, rates.lowerBound), rates.upperBound),
      channels: min(channels, Limits.channels.upperBound), encoding: encoding)
  }

  /// For people.
  var words: String { "\(sampleRate) Hz, \(channels) ch, \(encoding.rawValue)" }
}
