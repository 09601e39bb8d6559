import Audio
import Support
import Testing

@testable import Capture

/// What headers say about lengths, and what is there.
struct FileLengthTests {
  private let sound = SoundBytes()
  typealias Container = SoundFileWriter.Container
  typealias Coding = SoundFileWriter.Coding

  /// A whole file with another length in its header, in bytes of sound.
  private func file(_ container: Container, saying length: Int) throws -> [UInt8] {
    let whole = try sound.bytes(container, .s16)
    switch container {
    case .wav: return whole.replacing(4, at: whole.place(of: "data") + 4, with: length)
    case .rf64: return whole.replacing(8, at: whole.place(of: "ds64") + 16, with: length)
    case .w64: return whole.replacing(8, at: whole.place(of: "data") + 16, with: length < 0 ? -1 : length + 24)
    case .caf:
      let place = whole.place(of: "data") + 4
      return whole.replacing(8, at: place, with: length < 0 ? -1 : length + 4, bigEndian: true)
    case .au: return whole.replacing(4, at: 8, with: length, bigEndian: true)
    case .aiff:
      return whole.replacing(4, at: whole.place(of: "SSND") + 4, with: length < 0 ? -1 : length + 8, bigEndian: true)
        .replacing(4, at: whole.place(of: "COMM") + 10, with: length / 2, bigEndian: true)
    case .flac: return whole.replacing(4, at: 22, with: length / 2, bigEndian: true)
    default: preconditionFailure("\(container) has no length here")
    }
  }

  @Test(arguments: [Container.wav, .rf64, .w64, .caf, .au, .aiff], [0, -1, 8000])
  func `a header of a recorder that died loses no sound`(_ container: Container, _ length: Int) throws {
    let whole = try sound.read(sound.bytes(container, .s16))
    let got = try sound.read(file(container, saying: length))
    #expect(got.bytes == whole.bytes)
    #expect(got.events == [])
    #expect(got.length == .unfinished(frames: 32_000, statedFrames: max(0, length) / 2), "\(got.length)")
  }

  @Test func `a FLAC file whose length was never written, or too early, is read to its end`() throws {
    let unknown = try sound.read(file(.flac, saying: 0))
    #expect((unknown.frames, unknown.length, unknown.events) == (32_000, .unknown, []))
    let early = try sound.read(file(.flac, saying: 8000))
    #expect((early.frames, early.length) == (32_000, .exact(frames: 4000)))
    #expect(early.events == [.exceeded(statedFrames: 4000, foundFrames: 32_000)])
  }

  @Test(arguments: [0x7FFF_F000, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF])
  func `a length that is a placeholder says nothing`(_ length: Int) throws {
    let got = try sound.read(file(.wav, saying: length))
    #expect((got.frames, got.length) == (32_000, .unfinished(frames: 32_000, statedFrames: 0)))
  }

  @Test func `three gigabytes are a promise`() throws {
    let got = try sound.read(file(.wav, saying: 3 << 30))
    #expect(got.events == [.truncated(promisedFrames: 3 << 29, foundFrames: 32_000)])
  }

  @Test func `chunks and tags behind the sound are no sound`() throws {
    let whole = try sound.bytes(.wav, .s16)
    let behind: [[UInt8]] = [
      Array("LIST".utf8) + [4, 0, 0, 0, 1, 2, 3, 4],
      Array("bext".utf8) + [3, 0, 0, 0, 1, 2, 3] + Array("cue ".utf8) + [0, 0, 0, 0],
      Array("TAG".utf8) + [UInt8](repeating: 0, count: 125),
      Array("LIST".utf8) + [200, 0, 0, 0, 1, 2, 3],
      [0],
    ]
    for trailer in behind {
      let got = try sound.read(whole + trailer)
      #expect((got.frames, got.length, got.events) == (32_000, .exact(frames: 32_000), []), "\(trailer)")
    }
  }

  @Test func `a length of zero with nothing but chunks behind it is true`() throws {
    var wave = Array(try sound.bytes(.wav, .s16)[..<44]).replacing(4, at: 40, with: 0)
    wave += Array("LIST".utf8) + [4, 0, 0, 0, 1, 2, 3, 4]
    let path = try sound.files.path(containing: wave)
    #expect(throws: CaptureError.noFrames(path: path, promised: 0)) { try AudioFile(path: path) }
  }

  static let codings: [(Container, Coding)] = [
    (.wav, .imaAdpcm), (.wav, .gsm), (.w64, .imaAdpcm), (.aiff, .mulaw), (.caf, .f64),
  ]

  @Test(arguments: codings)
  func `a cut file of any coding says what is missing`(_ container: Container, _ coding: Coding)
    throws
  {
    let whole = try sound.bytes(container, coding)
    let got = try sound.read(Array(whole[..<(whole.count / 2)]))
    guard case .truncated(let promised?, let found)? = got.events.first, got.events.count == 1 else {
      Issue.record("events: \(got.events)")
      return
    }
    #expect(found == got.frames)
    #expect(found > 14_000 && found < 18_000)
    #expect(abs(promised - 32_000) < 1500)
  }

  @Test(arguments: [Container.ogg, .opus])
  func `a cut Ogg file ends in the middle of a page`(_ container: Container) throws {
    let whole = try sound.bytes(container, container == .opus ? .opus : .vorbis, frames: 480_000)
    let got = try sound.read(Array(whole[..<(whole.count * 3 / 4)]))
    #expect(got.events == [.truncated(promisedFrames: nil, foundFrames: got.frames)])
    #expect(got.frames > 200_000)
  }

  @Test func `an MP3 file is cut if its tag says so`() throws {
    guard SoundFileWriter.canWrite(.mp3, .mp3, rate: SoundBytes.rate) else { return }
    let whole = try sound.bytes(.mp3, .mp3)
    let got = try sound.read(Array(whole[..<(whole.count / 2)]))
    #expect(got.events == [.truncated(promisedFrames: 32_000, foundFrames: got.frames)])
  }

  @Test func `an MP3 file without a tag is read to its end, and is whole`() throws {
    guard SoundFileWriter.canWrite(.mp3, .mp3, rate: SoundBytes.rate) else { return }
    let whole = try sound.bytes(.mp3, .mp3)
    let first = try #require(MPEGHeader(whole)).frameBytes
    for bytes in [Array(whole[first...]), [UInt8](repeating: 0, count: 3000) + whole[first...]] {
      let got = try sound.read(bytes)
      #expect(got.frames >= 32_000 && got.frames < 36_000)
      #expect(got.events == [])
      guard case .estimated(let frames) = got.length else {
        Issue.record("length: \(got.length)")
        continue
      }
      #expect(abs(frames - got.frames) < 4000)
    }
  }

  static let joined: [(Container, Coding)] = [(.mp3, .mp3), (.ogg, .vorbis), (.opus, .opus), (.wav, .s16)]

  @Test(arguments: joined)
  func `files that were joined are read to the end of the last`(_ container: Container, _ coding: Coding)
    throws
  {
    guard SoundFileWriter.canWrite(container, coding, rate: SoundBytes.rate) else { return }
    let first = try sound.bytes(container, coding)
    let second = try sound.bytes(container, coding, frames: 16_000, hertz: 880)
    let got = try sound.read(first + second)
    #expect((got.frames, got.events) == (48_000, []))
    let end = Array(SoundMeasure.s16(got.bytes)[35_000..<45_000])
    #expect(abs(SoundMeasure.hertz(end, rate: SoundBytes.rate) - 880) < 1)
  }

  @Test func `a part in another format is converted to that of the first`() throws {
    let path = sound.files.path()
    let tone = SoundMeasure.sine(880, amplitude: 0.5, rate: 48_000, frames: 48_000, channels: 2)
    try SoundFileWriter.write(tone, to: path, .wav, .s24, rate: 48_000, channels: 2)
    let got = try sound.read(sound.bytes(.wav, .s16) + TestFiles.bytes(path))
    #expect(got.format == AudioFormat(sampleRate: SoundBytes.rate, channels: 1, encoding: .s16le))
    #expect(abs(got.frames - 48_000) <= 1)
    let end = Array(SoundMeasure.s16(got.bytes)[35_000..<45_000])
    #expect(abs(SoundMeasure.hertz(end, rate: SoundBytes.rate) - 880) < 1)
  }

  @Test func `24 bits are read from either end of four bytes`() throws {
    let tone = SoundMeasure.sine(440, amplitude: 0.5, rate: SoundBytes.rate, frames: 4000)
    let samples = tone.map { Int($0 * 8_388_607) }
    for shift in [0, 8] {
      var wave = [UInt8](repeating: 0, count: 44 + 16_000)
      wave.replaceSubrange(0..<16, with: Array("RIFF".utf8) + [0, 0, 0, 0] + Array("WAVEfmt ".utf8))
      for (place, value) in [(16, 16), (20, 1), (22, 1), (24, 16_000), (28, 64_000), (32, 4), (34, 24)] {
        wave = wave.replacing(place == 16 || place == 24 || place == 28 ? 4 : 2, at: place, with: value)
      }
      wave.replaceSubrange(36..<40, with: "data".utf8)
      wave = wave.replacing(4, at: 40, with: 16_000)
      wave.removeLast(16_000)
      for sample in samples { wave += Int32(sample << shift).littleEndianBytes }
      let path = try sound.files.path(containing: wave)
      let floats = AudioFormat(sampleRate: SoundBytes.rate, channels: 1, encoding: .s16le)
      let level = SoundMeasure.rms(SoundMeasure.s16(takeAll(try AudioFile(path: path, format: floats)).bytes))
      #expect(abs(level / (0.5 / 2.0.squareRoot()) - 1) < 0.01, "shifted by \(shift)")
    }
  }

  @Test(arguments: SampleEncoding.allCases)
  func `raw samples are taken as they are`(_ encoding: SampleEncoding) throws {
    let format = AudioFormat(sampleRate: 11_025, channels: 2, encoding: encoding)
    let bytes = (0..<(format.frameBytes * 1000)).map { UInt8(truncatingIfNeeded: $0 * 7 % 64) }
    let got = try sound.read(bytes, raw: format)
    #expect((got.format, got.length, got.events) == (format, .exact(frames: 1000), []))
    #expect(got.bytes == bytes)
  }
}
