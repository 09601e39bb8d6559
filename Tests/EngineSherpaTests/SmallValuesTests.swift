import Audio
import Platform
import Support
import Testing

@testable import EngineSherpa

@Suite struct RepetitionGuardTests {
  @Test(arguments: [
    "It was the best of times. It was the worst of times. It was the age of wisdom. It was the age of foolishness.",
    "Five, five. Five? Five!", "", "...", "one",
  ])
  func `speech is no loop`(_ text: String) {
    #expect(!RepetitionGuard.isLoop(text, tokens: 40, seconds: 10))
    #expect(RepetitionGuard.beforeLoop(text).isEmpty == text.isEmpty)
  }

  @Test func `the same again and again is one`() {
    #expect(RepetitionGuard.isLoop("no no no no No, no", tokens: 6, seconds: 10))
    #expect(RepetitionGuard.isLoop("and then we went and then we went and then we went", tokens: 15, seconds: 10))
    #expect(
      RepetitionGuard.beforeLoop("so and then we went and then we went and then we went")
        == "so and then we went and then we")
    #expect(RepetitionGuard.beforeLoop("oh no no no no no no") == "oh no")
  }

  @Test func `more than anybody can say is one`() {
    #expect(RepetitionGuard.isLoop("a b c", tokens: 71, seconds: 10))
    #expect(!RepetitionGuard.isLoop("a b c", tokens: 70, seconds: 10))
    #expect(!RepetitionGuard.isLoop("Yes.", tokens: 4, seconds: 0.3))
  }
}

@Suite struct QuietestPointTests {
  @Test func `it is in the middle of a pause`() {
    var samples = (0..<32_000).map { $0 % 2 == 0 ? Float(0.5) : -0.5 }
    for index in 20_000..<22_400 { samples[index] = 0.001 }
    let point = samples.withUnsafeBufferPointer { QuietestPoint.find(in: $0, rate: 16_000) }
    #expect((20_400...22_000).contains(point))
  }

  @Test func `what is too short is cut in half`() {
    let samples = [Float](repeating: 0.1, count: 1000)
    #expect(samples.withUnsafeBufferPointer { QuietestPoint.find(in: $0, rate: 16_000) } == 500)
  }
}

@Suite struct SampleBufferTests {
  @Test func `sound is found by its position, however much was let go`() {
    var buffer = SampleBuffer()
    var position = 0
    for step in 1...300 {
      let more = (0..<step).map { Float(position + $0) }
      more.withUnsafeBufferPointer { buffer.append($0) }
      position += step
      #expect(buffer.end == position)
      #expect(buffer.withSamples(position - step..<position) { Array($0) } == more)
      buffer.drop(before: position - step)
      buffer.drop(before: position - 2 * step)
    }
  }
}

@Suite struct SampleIntakeTests {
  private func taken(_ format: AudioFormat, _ bytes: [UInt8], chunk: Int) -> [Float] {
    var intake = SampleIntake(format, rate: 16_000)
    var sound = SampleBuffer()
    for start in stride(from: 0, to: bytes.count, by: chunk) {
      bytes[start..<min(start + chunk, bytes.count)].withUnsafeBytes { intake.append($0, to: &sound) }
    }
    intake.finish(&sound)
    return sound.withSamples(0..<sound.end) { Array($0) }
  }

  @Test func `the standard format is taken as it is`() {
    let samples = Tone(hertz: 440, amplitude: 0.5).samples(rate: 16_000, count: 1600)
    let taken = taken(.standard, WaveFile.pcm(samples), chunk: 320)
    #expect(taken.count == 1600)
    #expect(zip(taken, samples).allSatisfy { abs(Double($0) - $1) < 1e-4 })
  }

  @Test func `channels are averaged and rates converted`() {
    let left = Tone(hertz: 440, amplitude: 0.8).samples(rate: 44_100, count: 44_100)
    let format = AudioFormat(sampleRate: 44_100, channels: 2, encoding: .s16le)
    let taken = taken(format, WaveFile.pcm(left.flatMap { [$0, 0] }), chunk: 4 * 441)
    #expect(abs(taken.count - 16_000) <= 2)
    #expect(abs(Tone.amplitude(of: 440, in: taken[2000..<14_000].map(Double.init), rate: 16_000) - 0.4) < 0.004)
  }
}

@Suite struct DecodeBacklogTests {
  @Test func `a stream is behind above the limit, and calls back once when it has caught up`() {
    let backlog = DecodeBacklog(limitSeconds: 30)
    let calls = AnswerCount()
    backlog.whenCaughtUp { calls.add() }
    #expect(calls.count == 1)
    backlog.add(queuedSeconds: 20, utteranceSeconds: 11)
    #expect(backlog.isBehind)
    #expect(backlog.seconds == 31)
    backlog.whenCaughtUp { calls.add() }
    backlog.add(queuedSeconds: -0.5)
    #expect(backlog.isBehind && calls.count == 1)
    backlog.add(utteranceSeconds: -1)
    #expect(!backlog.isBehind && calls.count == 2)
    backlog.add(queuedSeconds: 5)
    backlog.whenCaughtUp { calls.add() }
    backlog.end()
    #expect(!backlog.isBehind && calls.count == 3)
    #expect(backlog.seconds == 0)
  }
}

@Suite struct DecoderMailboxTests {
  @Test func `a message that was posted first is found without waiting, and waiting ends in time`() {
    let mailbox = DecoderMailbox()
    #expect(mailbox.take(waitingUntil: .zero)?.isEmpty == true)
    let start = ContinuousClock.now
    #expect(mailbox.take(waitingUntil: MonotonicClock.now + .milliseconds(20))?.isEmpty == true)
    #expect(ContinuousClock.now - start >= .milliseconds(20))
    mailbox.close()
    #expect(mailbox.take(waitingUntil: nil) == nil)
  }
}

@Suite struct SpeechHomeTests {
  @Test func `it is looked for beside the program and above it`() {
    #expect(
      SpeechHome.candidates(named: nil, program: "/usr/local/bin/audio-worker")
        == [
          "/usr/local/lib/audio-service/speech", "/usr/local/.deps/speech", "/usr/.deps/speech", "/.deps/speech",
        ])
    #expect(
      SpeechHome.candidates(named: nil, program: "/usr/lib/audio-service/audio-worker").first
        == "/usr/lib/audio-service/speech")
    #expect(SpeechHome.candidates(named: "", program: "/a") == ["/lib/audio-service/speech"])
    #expect(SpeechHome.candidates(named: "/srv/speech", program: "/usr/bin/audio-worker") == ["/srv/speech"])
  }
}
