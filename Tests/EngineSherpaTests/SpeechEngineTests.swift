import Audio
import EngineSherpa
import Recognition
import Scoring
import Support
import Testing

@Suite(.enabled(if: SpeechSetup.isThere, SpeechSetup.reason), .serialized)
struct SpeechEngineTests {
  private func transcript(_ recording: SpeechRecording, chunkSeconds: Double = 0.1) async throws -> Transcript {
    let (format, bytes) = try recording.sound()
    return try await SpeechStream.transcript(SpeechSetup.engine(), format, bytes, chunkSeconds: chunkSeconds)
  }

  private func errors(_ recordings: [SpeechRecording]) async throws -> WordErrors {
    var sum = WordErrors()
    for recording in recordings {
      let found = try await transcript(recording)
      sum = sum + WordErrors(found.text, said: recording.said)
    }
    return sum
  }

  @Test func `of read and spoken words at most one in twenty is wrong`() async throws {
    let errors = try await errors(SpeechRecording.austen + SpeechRecording.cards)
    #expect(errors.words == 92)
    #expect(errors.rate <= 0.05, "\(errors)")
  }

  @Test func `of two beginnings at most six words in a hundred are wrong`() async throws {
    let errors = try await errors([.twoCities, .beckett])
    #expect(errors.words == 131)
    #expect(errors.rate <= 0.06, "\(errors)")
  }

  @Test(arguments: [0.02, 0.25, 1000]) func `chunks of any size give the same segments`(_ chunkSeconds: Double)
    async throws
  {
    for recording in [SpeechRecording.beckett, SpeechRecording.austen[0]] {
      #expect(try await transcript(recording, chunkSeconds: chunkSeconds).segments == transcript(recording).segments)
    }
  }

  @Test func `segments are numbered from 1, in order, and lie where the words are`() async throws {
    let segments = try await transcript(.beckett).segments
    #expect(segments.map(\.number) == Array(1...segments.count))
    #expect(segments.count == 6)
    #expect(segments.allSatisfy { $0.start < $0.end && !$0.text.isEmpty })
    #expect(zip(segments, segments.dropFirst()).allSatisfy { $0.end <= $1.start })
    #expect(try #require(segments.last).end < 9.97)
  }

  @Test func `a stream that begins later has later times`() async throws {
    let (format, bytes) = try SpeechRecording.cards[0].sound()
    let stream = SpeechStream(try SpeechSetup.engine(), format, from: Checkpoint(frame: 160_000, segments: 4))
    try await stream.send(bytes, chunkSeconds: 100)
    let segment = try #require(await stream.finish().segments.first)
    #expect(segment.start >= 10 && segment.end <= 11.1)
    #expect(segment.number == 5)
    #expect(segment.language == "en")
  }

  @Test(arguments: [
    AudioFormat(sampleRate: 48_000, channels: 2, encoding: .f32le),
    AudioFormat(sampleRate: 44_100, channels: 1, encoding: .s24le),
    AudioFormat(sampleRate: 8000, channels: 1, encoding: .mulaw),
    AudioFormat(sampleRate: 96_000, channels: 8, encoding: .u8),
  ])
  func `the same words are heard in every format`(_ format: AudioFormat) async throws {
    let recording = SpeechRecording.austen[4]
    let converted = try recording.sound(in: format)
    let found = try await SpeechStream.transcript(SpeechSetup.engine(), format, converted)
    // Telephone quality costs a word.
    #expect(
      WordErrors(found.text, said: recording.said).errors <= (format.sampleRate < 16_000 ? 2 : 0), "\(found.text)")
  }

  @Test func `a flush ends the open segment, and the stream goes on`() async throws {
    let (format, bytes) = try SpeechRecording.austen[0].sound()
    let stream = SpeechStream(try SpeechSetup.engine(), format)
    let half = bytes.count / 4 * 2
    try await stream.send(Array(bytes[..<half]))
    let first = await stream.finish()
    #expect(first.updates.last?.isFinal == true)
    #expect(first.segments.map(\.number) == [1])
    #expect(first.text.hasPrefix("And Mr. John Dashwood"))
    // Nothing is open: nothing follows.
    #expect(await stream.finish().updates == first.updates)
    try await stream.send(Array(bytes[half...]))
    let segments = await stream.finish().segments
    #expect(segments.map(\.number) == [1, 2])
    #expect(segments[1].start >= segments[0].end)
    let seconds = format.seconds(frames: bytes.count / 2)
    #expect(abs(segments[1].end - seconds) < 0.01)
  }

  @Test(arguments: [SpeechRecording.twoCities, .beckett])
  func `from every checkpoint another recognizer comes to the same words`(_ recording: SpeechRecording) async throws {
    let (format, bytes) = try recording.sound()
    let engine = try SpeechSetup.engine()
    let undisturbed = SpeechStream(engine, format)
    // Slowly, so that the decoder keeps up and there is a checkpoint after each utterance.
    try await undisturbed.send(bytes, pause: .milliseconds(10))
    let whole = await undisturbed.finish()
    #expect(whole.checkpoints.count > 2)
    #expect(whole.checkpoints.first == Checkpoint(frame: 0))
    for checkpoint in whole.checkpoints {
      let stream = SpeechStream(engine, format, from: checkpoint)
      try await stream.send(Array(bytes[min(bytes.count, Int(checkpoint.frame) * format.frameBytes)...]))
      let segments = await stream.finish().segments
      #expect(segments == whole.segments.filter { $0.number > checkpoint.segments }, "\(checkpoint)")
    }
  }

  @Test(arguments: [1, 2]) func `eight streams at once hear what each hears alone, on one thread or two`(
    _ threads: Int
  ) async throws {
    let engine = try threads == 1 ? SpeechSetup.engine() : SpeechSetup.engine(decodeThreads: threads)
    let recordings = Array((SpeechRecording.austen + [.beckett] + SpeechRecording.cards).prefix(8))
    let sounds = try recordings.map { try $0.sound() }
    var alone: [[Segment]] = []
    for (format, bytes) in sounds { alone.append(try await SpeechStream.transcript(engine, format, bytes).segments) }

    let streams = sounds.enumerated().map { SpeechStream(engine, $1.format, stream: UInt64($0)) }
    var start = 0
    while sounds.contains(where: { $0.bytes.count > start }) {
      for (stream, (_, bytes)) in zip(streams, sounds) where bytes.count > start {
        try await stream.send(Array(bytes[start..<min(start + 3200, bytes.count)]))
      }
      start += 3200
    }
    for (stream, alone) in zip(streams, alone) {
      #expect(await stream.finish().segments == alone)
    }
  }

  @Test func `a stream that ends amid decoding leaves the others alone and answers its finish`() async throws {
    let engine = try SpeechSetup.engine()
    let (format, bytes) = try SpeechRecording.twoCities.sound()
    let alone = try await transcript(SpeechRecording.austen[1]).segments
    let answers = AnswerCount()
    for _ in 0..<5 {
      let stream = SpeechStream(engine, format)
      try await stream.send(Array(bytes.prefix(format.sampleRate * 40)), chunkSeconds: 100)
      stream.requestFinish { answers.add() }
    }
    #expect(try await transcript(SpeechRecording.austen[1]).segments == alone)
    try await eventually("five answers") { answers.count == 5 }
  }
}
