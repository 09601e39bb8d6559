internal import Scoring
internal import Support

/// All recordings one after the other at 16 kHz, with pauses between, and when each word is said.
struct JoinedRecordings {
  private(set) var samples: [Float] = []
  private(set) var words: [SpeechRecording.Word] = []

  /// - Parameter lead: seconds of silence before the first.
  init(pause: Double, lead: Double = 0) throws {
    samples = [Float](repeating: 0, count: Int(lead * 16_000))
    for recording in SpeechRecording.all {
      let begin = Double(samples.count) / 16_000
      let spoken = try recording.wordTimes()
      guard spoken.map(\.word) == ScoredWords.words(in: recording.said) else {
        throw TestFailure("the words of \(recording) are not those whose times are known")
      }
      for word in spoken {
        words.append(SpeechRecording.Word(word: word.word, start: begin + word.start, end: begin + word.end))
      }
      samples += try recording.samples()
      samples += [Float](repeating: 0, count: Int(pause * 16_000))
    }
  }

  var sound: Sound { Sound(samples: samples) }
}
