import Audio
import Platform
import Support
import Testing

@testable import Capture

/// Kinds that libsndfile does not read, by the ffmpeg of this machine.
@Suite struct ForeignFileTests {
  private let folder: TemporaryFolder
  private static let hasFFmpeg = ExecutablePath.named("ffmpeg") != nil

  init() throws { folder = try TemporaryFolder() }

  /// Two seconds of a tone, as ffmpeg writes it.
  private func file(_ name: String, _ coding: String) throws -> String {
    let samples = Tone(hertz: 440, amplitude: 0.5).samples(rate: 48_000, count: 96_000)
    let wave = try folder.file("tone.wav", WaveFile.bytes(samples, rate: 48_000))
    try ShellCommand.run("ffmpeg -v error -nostdin -y -i '\(wave)' \(coding) '\(folder.path)/\(name)'")
    return "\(folder.path)/\(name)"
  }

  @Test(
    .enabled(if: hasFFmpeg || ContractRun.isCI, "no ffmpeg"),
    arguments: [
      ("a.m4a", "-c:a aac", "MP4/M4A"), ("a.webm", "-c:a libopus", "Matroska/WebM"), ("a.aac", "-c:a aac", "AAC"),
      ("a.wma", "-c:a wmav2", "ASF/WMA"), ("a.mka", "-c:a flac", "Matroska/WebM"), ("a.wv", "", "WavPack"),
      ("a.tta", "", "True Audio"), ("a.avi", "-c:a pcm_s16le", "AVI"), ("a.mpg", "-c:a mp2", "MPEG program stream"),
    ])
  func `a file of a phone or a browser is decoded`(_ name: String, coding: String, kind: String) throws {
    let file = try AudioFile(path: file(name, coding))
    #expect((file.kind, file.ownFormat.sampleRate, file.ownFormat.channels) == (kind, 48_000, 1))
    #expect(!file.isPipe && file.length == .unknown)
    let (bytes, events) = takeAll(file)
    #expect(events.isEmpty)
    // A coder may add what its blocks are longer.
    #expect(abs(bytes.count / 2 - 96_000) < 5_000)
    let levels = bytes.withUnsafeBytes { Levels.measure($0, encoding: .s16le) }
    #expect(abs(levels.rms - 0.5 / 2.0.squareRoot()) < 0.02)
  }

  @Test(.enabled(if: hasFFmpeg || ContractRun.isCI, "no ffmpeg"))
  func `of a damaged file everything there is is delivered, and what is wrong is reported`() throws {
    let whole = try #require(TextFile.bytes(file("a.webm", "-c:a libopus")))
    let cut = try folder.file("cut.webm", whole.prefix(whole.count / 2))
    let (bytes, events) = takeAll(try AudioFile(path: cut))
    #expect(bytes.count / 2 > 24_000)
    guard case .failed(.notDecoded(cut, "Matroska/WebM", _))? = events.first else {
      Issue.record("no failure: \(events)")
      return
    }
    let head = [0, 0, 0, 0x1C] + Array("ftypM4A ".utf8)
    let nothing = try folder.file("nothing.m4a", head + [UInt8](repeating: 0, count: 99))
    #expect(throws: CaptureError.notDecoded(path: nothing, kind: "MP4/M4A", reason: "moov atom not found")) {
      _ = try AudioFile(path: nothing)
    }
  }

  @Test(.enabled(if: hasFFmpeg || ContractRun.isCI, "no ffmpeg"))
  func `a playlist that pretends to be a film names no other file`() throws {
    let secret = try folder.file("secret.wav", WaveFile.bytes([1, 2, 3], rate: 8000))
    let list = Array("\0\0\0\u{1C}ftypM4A \n#EXTM3U\n#EXTINF:1,\nfile://\(secret)\n".utf8)
    #expect(throws: CaptureError.self) { _ = try AudioFile(path: folder.file("list.m4a", list)) }
  }
}
