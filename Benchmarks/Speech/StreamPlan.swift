internal import Audio

/// A stream to play.
struct StreamPlan {
  enum Pace: String {
    /// As a microphone would deliver it, by an absolute clock.
    case live
    /// As fast as the server answers.
    case fast
  }

  var name: String
  var sound: Sound
  var pace: Pace
  /// Seconds after the first stream.
  var delay = 0.0

  /// The default of audio-client.
  var chunkSeconds = 0.1
  /// Limit of chunks in flight for a stream that is not paced.
  static let openChunks = 64

  var chunkBytes: Int { sound.bytesIn(chunkSeconds) }

  var chunks: Int { (sound.totalBytes + chunkBytes - 1) / chunkBytes }

  /// Seconds into the stream at which a microphone has delivered all bytes up to this one.
  func due(end: Int) -> Double {
    delay + sound.format.seconds(frames: min(end, sound.totalBytes) / sound.format.frameBytes)
  }
}
