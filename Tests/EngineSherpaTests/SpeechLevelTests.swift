import Glibc
import Recognition
import Scoring
import Support
import Testing

/// Recordings that are much too quiet.
@Suite(.enabled(if: SpeechSetup.isThere, SpeechSetup.reason), .serialized)
struct SpeechLevelTests {
  @Test(arguments: [-50.0, -60]) func `quiet speech is recognized`(_ level: Double) async throws {
    let recording = SpeechRecording.austen[0]
    let (format, bytes) = try recording.sound()
    let samples = bytes.samples
    let power = samples.reduce(0) { $0 + $1 * $1 } / Double(samples.count)
    let quiet = samples.map { $0 * pow(10, level / 20) / power.squareRoot() }
    let updates = try await SpeechStream.transcript(SpeechSetup.engine(), format, WaveFile.pcm(quiet)).updates
    let text = updates.filter(\.isFinal).map(\.segment.text).joined(separator: " ")
    #expect(WordErrors(text, said: recording.said).errors <= 2, "\(text)")
  }
}
