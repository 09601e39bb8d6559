import Audio
import Support
import Testing

@testable import Capture

/// Files that are written while they are recorded, read again with libsndfile.
@Suite struct RecordingFileTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func read(_ path: String, as format: AudioFormat) throws -> [UInt8] {
    let file = try AudioFile(path: path, format: format)
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 64 * 1024)
    while case .audio(let count) = buffer.withUnsafeMutableBytes({ file.next(into: $0) }) { bytes += buffer[..<count] }
    return bytes
  }

  private func bytes(_ format: AudioFormat, frames: Int) -> [UInt8] {
    var random = SystemRandomNumberGenerator()
    return (0..<frames * format.frameBytes).map { _ in UInt8.random(in: 0...255, using: &random) }
  }

  @Test(arguments: ["flac", "wav", "w64", "caf"], [SampleEncoding.s16le, .s24le])
  func `samples are kept bit for bit`(_ ending: String, _ encoding: SampleEncoding) throws {
    let format = AudioFormat(sampleRate: 44_100, channels: 2, encoding: encoding)
    let path = "\(folder.path)/a.\(encoding.rawValue).\(ending)"
    let sent = bytes(format, frames: 10_000)
    let file = try RecordingFile(path: path, format: format)
    for start in stride(from: 0, to: sent.count, by: 960 * format.frameBytes) {
      sent[start..<min(sent.count, start + 960 * format.frameBytes)].withUnsafeBytes { file.write($0) }
    }
    #expect(file.frames == 10_000)
    file.close()
    #expect(file.failure == nil)
    #expect(try read(path, as: format) == sent)
  }

  @Test func `lost sound is silence of its length`() throws {
    let path = "\(folder.path)/gap.wav"
    let file = try RecordingFile(path: path, format: .standard)
    let tone = [UInt8](repeating: 1, count: 200)
    tone.withUnsafeBytes { file.write($0) }
    file.writeSilence(frames: 40_000)
    tone.withUnsafeBytes { file.write($0) }
    file.close()
    #expect(try read(path, as: .standard) == tone + [UInt8](repeating: 0, count: 80_000) + tone)
  }

  @Test func `a WAV file can be read at any time, also if it is never completed`() throws {
    let path = "\(folder.path)/open.wav"
    let file = try RecordingFile(path: path, format: .standard)
    let sent = bytes(.standard, frames: 16_000)
    sent.withUnsafeBytes { file.write($0) }
    #expect(try read(path, as: .standard) == sent)
    file.close()
  }

  @Test func `a file that is there already is not overwritten, and other kinds are refused`() throws {
    let path = try folder.file("there.wav", [1, 2, 3])
    #expect(throws: CaptureError.self) { try RecordingFile(path: path, format: .standard) }
    #expect(TextFile.bytes(path) == [1, 2, 3])
    let error = #expect(throws: CaptureError.self) {
      try RecordingFile(path: "\(folder.path)/a.mp5", format: .standard)
    }
    #expect(
      error.map { "\($0)" }?.hasSuffix("expected a name that ends with one of .flac, .wav, .w64, .caf, .ogg, .opus")
        == true)
  }
}
