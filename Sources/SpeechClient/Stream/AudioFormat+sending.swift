package import Audio

extension AudioFormat {
  package func frames(milliseconds: Int) -> Int { max(1, sampleRate * milliseconds / 1000) }

  /// The nearest format that the protocol supports.
  package var sendable: AudioFormat {
    let rates = AudioFormat.sampleRatesHz
    return AudioFormat(
      sampleRate: min(max(sampleRate, rates.lowerBound), rates.upperBound),
      channels: min(channels, AudioFormat.channelCounts.upperBound), encoding: encoding)
  }

  /// Reads `s16le:16000:1`; 16 kHz and one channel may be left out.
  package init?(raw text: String) {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count <= 3, let encoding = SampleEncoding(rawValue: String(parts[0])) else { return nil }
    self = AudioFormat(sampleRate: AudioFormat.standard.sampleRate, channels: 1, encoding: encoding)
    if parts.count > 1 {
      guard let rate = Int(parts[1]), AudioFormat.sampleRatesHz.contains(rate) else { return nil }
      sampleRate = rate
    }
    if parts.count > 2 {
      guard let count = Int(parts[2]), AudioFormat.channelCounts.contains(count) else { return nil }
      channels = count
    }
  }

  /// In words.
  package var words: String { "\(sampleRate) Hz, \(channels) ch, \(encoding.rawValue)" }
}
