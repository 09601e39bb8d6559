import Audio
import Recognition
import Support
import Testing

/// Sound in which nobody speaks.
@Suite(.enabled(if: SpeechSetup.isThere, SpeechSetup.reason), .serialized)
struct SpeechQuietTests {
  /// The texts of all updates but the empty final that a finish without words is answered with.
  private func words(_ samples: [Double]) async throws -> [String] {
    let updates = try await SpeechStream.transcript(SpeechSetup.engine(), .standard, WaveFile.pcm(samples)).updates
    #expect(updates.last?.isFinal == true)
    return updates.dropLast().map(\.segment.text)
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

  @Test func `a stream without audio ends with an empty final, whose number is not used again`() async throws {
    let stream = SpeechStream(try SpeechSetup.engine())
    let updates = await stream.finish().updates
    #expect(updates.map(\.segment.text) == [""])
    #expect(updates.map(\.segment.number) == [1])
    #expect(updates.first?.isFinal == true)
    // The second finish has nothing new to report.
    #expect(await stream.finish().updates == updates)
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
