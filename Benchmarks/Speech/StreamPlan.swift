internal import Audio

/// A stream to be played.
struct StreamPlan {
  enum Pace: String {
    /// As a microphone would deliver it, by an absolute clock.
    case live
    /// As fast as it is answered.
    case fast
  }

  var name: String
  var sound: Sound
  var pace: Pace
  /// Seconds after the others' begin.
  var delay = 0.0

  /// What audio-client sends when nothing else is asked for.
  var chunkSeconds = 0.1
  /// Chunks sent and unanswered, at most, where nothing else sets the pace.
  static let openChunks = 64

  var chunkBytes: Int { sound.bytesIn(chunkSeconds) }

  var chunks: Int { (sound.totalBytes + chunkBytes - 1) / chunkBytes }

  /// Seconds into the stream at which a microphone has delivered what ends at that byte.
  func due(end: Int) -> Double {
    delay + sound.format.seconds(frames: min(end, sound.totalBytes) / sound.format.frameBytes)
  }
}
