import Glibc

/// Raises quiet audio for the voice detector, window by window: it misses speech below about −50 dBFS. The levels that
/// clients are told stay as measured.
///
/// The loudness it goes by rises at once and falls slowly, so that pauses between words stay quieter than the words. It
/// depends on nothing before the detector's last restart: another worker that begins there hears the same.
struct DetectorGain {
  /// Louder windows stay as they are: −40 dBFS, at which the detector still hears well.
  private static let level: Float = 0.01
  /// −25 dBFS, as of speech: what follows a restart is raised only after a second and a half without such a level.
  private static let first: Float = 0.056
  /// 30 dB. Noise is raised, too, and must not become speech.
  private static let largest: Float = 31.6
  /// By which the loudness falls with each window: 10 dB a second.
  private static let fall = powf(
    10, -10 / 20 * Float(SherpaVoiceDetector.windowSamples) / Float(SherpaVoiceDetector.rate))

  private var loudness = first

  /// The window as the detector should hear it.
  mutating func raise(_ window: UnsafeBufferPointer<Float>) -> [Float] {
    loudness = max(Loudness.rms(window), loudness * Self.fall)
    let gain = min(max(Self.level / max(loudness, .leastNormalMagnitude), 1), Self.largest)
    return window.map { $0 * gain }
  }
}
