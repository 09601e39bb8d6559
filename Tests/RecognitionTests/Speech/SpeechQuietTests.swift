import Audio
import Recognition
import Support
import Testing

/// Sound in which nobody speaks.
@Suite(.enabled(if: SpeechSetup.isThere, SpeechSetup.reason), .serialized)
struct SpeechQuietTests {
  private func words(_ samples: [Double]) async throws -> [String] {
    let told = try await SpeechStream.told(SpeechSetup.engine(), .standard, WaveFile.pcm(samples))
    #expect(told.replies.last?.final == true)
    return told.segments.map(\.text) + Set(told.replies.map(\.text).filter { !$0.isEmpty })
  }

  @Test func `digital silence has no words`() async throws {
    #expect(try await words([Double](repeating: 0, count: 60 * 16_000)) == [])
  }

  @Test(arguments: [0.001, 0.05, 0.5]) func `noise has no words`(_ amplitude: Double) async throws {
    var random = Xorshift(seed: 4711)
    #expect(try await words((0..<60 * 16_000).map { _ in amplitude * random.next() }) == [])
  }

  @Test func `a tone has no words`() async throws {
    #expect(try await words(Tone(hertz: 440, amplitude: 0.5).samples(rate: 16_000, count: 30 * 16_000)) == [])
  }

  @Test func `a stream without sound ends with an empty final`() async throws {
    let stream = SpeechStream(try SpeechSetup.engine())
    let reply = await stream.finish()
    #expect((reply.text, reply.final, reply.segment) == ("", true, 1))
  }
}

/// Noise that is the same each time.
private struct Xorshift {
  private var state: UInt64
  init(seed: UInt64) { state = seed }

  /// −1…1.
  mutating func next() -> Double {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return Double(Int64(bitPattern: state)) * 0x1p-63
  }
}
