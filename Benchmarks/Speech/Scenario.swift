internal import Support

/// The streams to play; the same for the service and for the engine alone, which gets it as text.
enum Scenario: Equatable, CustomStringConvertible {
  /// Each recording as its own stream, one after another, as fast as possible.
  case recordings
  /// Streams of all recordings joined, each from another position, this many seconds each.
  case joined(streams: Int, seconds: Int, StreamPlan.Pace)

  init?(_ text: String) {
    let words = text.split(separator: ":")
    if words == ["recordings"] {
      self = .recordings
    } else if words.count == 4, words[0] == "joined", let streams = Int(words[1]), let seconds = Int(words[2]),
      let pace = StreamPlan.Pace(rawValue: String(words[3])), streams > 0, seconds > 0
    {
      self = .joined(streams: streams, seconds: seconds, pace)
    } else {
      return nil
    }
  }

  var description: String {
    switch self {
    case .recordings: "recordings"
    case .joined(let streams, let seconds, let pace): "joined:\(streams):\(seconds):\(pace.rawValue)"
    }
  }

  /// The streams of each turn; those of one turn are played together.
  func turns() throws -> [[StreamPlan]] {
    switch self {
    case .recordings: return try Self.recordings(.fast).map { [$0] }
    case .joined(let streams, let seconds, let pace):
      let sound = try JoinedRecordings(pause: 0.8).sound
      return [
        (0..<streams).map { index in
          // Started over five seconds, so that neither their chunks nor their ends coincide.
          StreamPlan(
            name: "\(index)", sound: sound.lasting(Double(seconds), from: Double(index) * 7.3), pace: pace,
            delay: pace == .live ? 5 * Double(index) / Double(streams) : 0)
        }
      ]
    }
  }

  static func recordings(_ pace: StreamPlan.Pace) throws -> [StreamPlan] {
    try SpeechRecording.all.map { recording in
      let (format, bytes) = try recording.sound()
      return StreamPlan(name: recording.label, sound: Sound(format: format, bytes: bytes), pace: pace)
    }
  }
}
