import Audio
import Recognition
import Scoring
import Support
import Testing

/// A stream at the pace at which it is spoken.
@Suite(.enabled(if: SpeechSetup.isThere, SpeechSetup.reason), .serialized)
struct SpeechLiveTests {
  @Test func `words appear while they are spoken, and finals are those of the whole recording`() async throws {
    let (format, bytes) = try SpeechRecording.beckett.sound()
    let stream = SpeechStream(try SpeechSetup.engine(), format)
    try await stream.send(bytes, pause: .milliseconds(100))
    let live = await stream.finish()
    #expect(
      live.segments == (try await SpeechStream.transcript(SpeechSetup.engine(), format, bytes).segments))
    // Every segment is shown before it is final, then once as final, and no later update is about it.
    for segment in live.segments {
      let updates = live.updates.filter { $0.segment.number == segment.number }
      #expect(updates.first?.isFinal == false)
      #expect(updates.filter(\.isFinal).count == 1 && updates.last?.isFinal == true)
      #expect(updates.allSatisfy { $0.segment.start <= $0.segment.end })
      // Words that are stable stay.
      for (before, after) in zip(updates, updates.dropFirst()) where !after.isFinal {
        let stable = before.segment.text.split(separator: " ").prefix(before.stableWords)
        #expect(after.segment.text.split(separator: " ").starts(with: stable) && after.stableWords >= stable.count)
      }
    }
    #expect(zip(live.updates, live.updates.dropFirst()).allSatisfy { $0.segment.number <= $1.segment.number })
    // An update changes the text, or says that more of it will stay, or makes it final.
    #expect(
      zip(live.updates, live.updates.dropFirst()).allSatisfy {
        $0.segment.text != $1.segment.text || $0.stableWords < $1.stableWords || $1.isFinal
      })
  }

  /// The partial of audio that arrives all at once and is followed by none: it is decoded from everything.
  private func partial(_ format: AudioFormat, _ bytes: [UInt8]) async throws -> String {
    let stream = SpeechStream(try SpeechSetup.engine(), format)
    try await stream.send(bytes, chunkSeconds: 100)
    try await Task.sleep(for: .seconds(1))
    return stream.transcript.updates.last?.segment.text ?? ""
  }

  @Test(arguments: [9, 11]) func `a client that stops sending gets its last words within a second`(_ words: Int)
    async throws
  {
    let (format, bytes) = try SpeechRecording.twoCities.sound()
    let last = try SpeechRecording.twoCities.wordTimes()[words - 1]
    let sent = Array(bytes.prefix(Int((last.end + 0.1) * Double(format.sampleRate)) * format.frameBytes))
    let expected = ScoredWords.words(in: try await partial(format, sent))
    #expect(!expected.isEmpty)

    let stream = SpeechStream(try SpeechSetup.engine(), format)
    try await stream.send(sent, pause: .milliseconds(100))
    try await Task.sleep(for: .seconds(1))
    let update = try #require(stream.transcript.updates.last)
    #expect(!update.isFinal)
    #expect(ScoredWords.words(in: update.segment.text).last == expected.last, "\(update)")
  }

  @Test func `a pause in sending ends no utterance`() async throws {
    let (format, bytes) = try SpeechRecording.austen[0].sound()
    let half = bytes.count / 4 * 2
    let whole = try await SpeechStream.transcript(SpeechSetup.engine(), format, bytes)
    let stream = SpeechStream(try SpeechSetup.engine(), format)
    try await stream.send(Array(bytes[..<half]), pause: .milliseconds(20))
    try await Task.sleep(for: .seconds(2))
    let paused = stream.transcript.updates
    #expect(paused.last?.isFinal == false)
    try await Task.sleep(for: .seconds(2))
    #expect(stream.transcript.updates == paused)
    try await stream.send(Array(bytes[half...]))
    #expect(await stream.finish().segments == whole.segments)
  }

  @Test func `words are shown right after they were spoken, while the next are still to come`() async throws {
    let (format, bytes) = try SpeechRecording.twoCities.sound()
    let words = try SpeechRecording.twoCities.wordTimes().prefix(24)
    var shown = 0
    for word in words {
      let stream = SpeechStream(try SpeechSetup.engine(), format)
      let frames = Int((word.end + 0.1) * Double(format.sampleRate))
      // All at once: everything is decoded in one partial.
      try await stream.send(Array(bytes.prefix(frames * format.frameBytes)), chunkSeconds: 100)
      for _ in 0..<150 where stream.transcript.updates.isEmpty { try await Task.sleep(for: .milliseconds(5)) }
      let text = stream.transcript.updates.last?.segment.text ?? ""
      if ScoredWords.words(in: text).suffix(2).contains(word.word) { shown += 1 }
      await stream.finish()
    }
    // The model needs part of the first two; without silence after the audio it is 17.
    #expect(shown >= 20)
  }
}
