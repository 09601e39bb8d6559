import Audio
import Support
import Testing

/// The real `audio-worker --decode`: a file in, WAV out.
@Suite struct FileDecoderTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func decode(_ file: [UInt8], _ flags: String = "") async throws -> (
    end: ProgramEnd?, said: String, wave: [UInt8]
  ) {
    let input = try folder.file("in", file)
    let run = try await Program.run(
      "/bin/sh",
      ["-c", "'\(Program.buildFolder)/audio-worker' --decode \(flags) 3<'\(input)' >'\(folder.path)/out'"])
    return (run.end, run.standardError.text, try #require(TextFile.bytes("\(folder.path)/out")))
  }

  @Test(arguments: SampleEncoding.allCases.filter { $0 != .s24in32le })
  func `the samples of a WAV file stay as they are`(encoding: SampleEncoding) async throws {
    let format = AudioFormat(sampleRate: 11_025, channels: 2, encoding: encoding)
    let samples = (0..<format.frameBytes * 1000).map { UInt8(truncatingIfNeeded: $0 * 7) }
    let (end, said, wave) = try await decode(WaveHeader.streamed(format) + samples)
    #expect(end == .status(0), "\(said)")
    let header = try #require(try wave.withUnsafeBytes { try WaveHeader.parse($0) })
    #expect(try header.format() == format)
    #expect(Array(wave[header.samplesOffset...]) == samples)
  }

  @Test func `what a stream cannot have is converted to the nearest that it can`() async throws {
    let slow = "\(folder.path)/slow.wav"
    try SoundFileWriter.write(
      [Double](repeating: 0.5, count: 4000 * 10), to: slow, .wav, .s16, rate: 4000, channels: 10)
    let (end, said, wave) = try await decode(try #require(TextFile.bytes(slow)))
    #expect(end == .status(0), "\(said)")
    let header = try #require(try wave.withUnsafeBytes { try WaveHeader.parse($0) })
    #expect(try header.format() == AudioFormat(sampleRate: 8000, channels: 1, encoding: .s16le))
    #expect(abs((wave.count - header.samplesOffset) / 2 - 8000) < 100)
  }

  @Test func `what cannot be decoded is told in a sentence, and nothing is written`() async throws {
    for (file, sentence) in [
      (Array("words, no sound".utf8), "expected an audio file: WAV, FLAC"),
      ([0, 0, 0, 24] + Array("ftypM4A ".utf8), "M4A, MP4, WebM, AAC or AMR need ffmpeg on the server; got MP4/M4A"),
      (WaveHeader.streamed(.standard), "expected audio, got a file without any"),
    ] {
      let (end, said, wave) = try await decode(file)
      #expect(end == .status(1))
      #expect(said.contains(sentence), "\(said)")
      #expect(wave.isEmpty)
    }
    let (end, said, _) = try await decode([0, 0, 0, 24] + Array("ftypM4A ".utf8), "--ffmpeg /nowhere/ffmpeg")
    #expect(end == .status(1))
    #expect(said.contains("/nowhere/ffmpeg cannot be run"))
  }
}
