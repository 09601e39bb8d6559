import Audio
import Testing

struct WaveHeaderTests {
  @Test func `the usual header of 44 bytes`() throws {
    var wave = WaveBytes()
    wave.format(channels: 2, sampleRate: 44_100)
    wave.chunk("data", [1, 2, 3, 4])
    let format = AudioFormat(sampleRate: 44_100, channels: 2, encoding: .s16le)
    #expect(try wave.parse() == WaveHeader(format: format, samplesOffset: 44, sampleBytes: 4))
  }

  @Test(arguments: [
    (1, 8, 1, SampleEncoding.u8), (1, 16, 2, .s16le), (1, 12, 2, .s16le), (1, 24, 3, .s24le), (1, 20, 3, .s24le),
    (1, 32, 4, .s32le), (1, 24, 4, .s32le), (3, 32, 4, .f32le), (6, 8, 1, .alaw), (7, 8, 1, .mulaw),
  ])
  func `every encoding of the wire, plain and extensible`(tag: Int, bits: Int, bytes: Int, encoding: SampleEncoding)
    throws
  {
    var plain = WaveBytes()
    plain.format(tag: tag, channels: 3, bits: bits, frameBytes: 3 * bytes)
    plain.chunk("data", [])
    #expect(try plain.parse()?.format == AudioFormat(sampleRate: 16_000, channels: 3, encoding: encoding))
    var extensible = WaveBytes()
    extensible.format(
      tag: 0xFFFE, channels: 3, bits: bytes * 8, frameBytes: 3 * bytes,
      extra: WaveBytes.extensible(tag: tag, validBits: bits))
    extensible.chunk("data", [])
    #expect(try extensible.parse()?.format == AudioFormat(sampleRate: 16_000, channels: 3, encoding: encoding))
    #expect(try extensible.parse()?.samplesOffset == 68)
  }

  @Test func `chunks before the samples are stepped over, odd lengths with their padding`() throws {
    var wave = WaveBytes()
    wave.chunk("JUNK", [1, 2, 3])
    wave.format(extra: [0, 0])
    wave.chunk("LIST", Array("INFOIART".utf8) + [5, 0, 0, 0, 65, 66, 67, 68, 0])
    wave.chunk("fact", [0, 0, 0, 0])
    wave.chunk("data", [9, 9])
    let header = try #require(try wave.parse())
    #expect(header.samplesOffset == wave.bytes.count - 2)
    #expect(header.sampleBytes == 2)
  }

  @Test(arguments: [0, 0x7FFF_0000, 0x7FFF_FFDB, 0x8000_0000, 0xFFFF_FFFF])
  func `a length a streaming recorder leaves is unknown`(length: Int) throws {
    var wave = WaveBytes()
    wave.format()
    wave.chunk("data", [1, 2], length: length)
    #expect(try wave.parse() == WaveHeader(format: .standard, samplesOffset: 44, sampleBytes: nil))
  }

  @Test func `a header that is cut anywhere is not there yet`() throws {
    var wave = WaveBytes()
    wave.chunk("JUNK", [1, 2, 3])
    wave.format(tag: 0xFFFE, extra: WaveBytes.extensible(tag: 1, validBits: 16))
    wave.chunk("data", [])
    for length in 12..<wave.bytes.count {
      var cut = wave
      cut.bytes.removeLast(wave.bytes.count - length)
      #expect(try cut.parse() == nil)
    }
    #expect(try wave.parse() != nil)
  }

  @Test func `only RIFF and WAVE begin one`() {
    func begins(_ text: String) -> Bool { Array(text.utf8).withUnsafeBytes { WaveHeader.begins($0) } }
    #expect(begins("RIFF....WAVE"))
    #expect(begins("RIFF\0\0\0\0WAVEfmt "))
    #expect(!begins("RIFF....WAV"))
    #expect(!begins("RIFX....WAVE"))
    #expect(!begins("RIFF....AVI "))
    #expect(!begins(""))
  }

  @Test func `what can't be used is refused with what would be right`() throws {
    func message(_ build: (inout WaveBytes) -> Void) -> String? {
      var wave = WaveBytes()
      build(&wave)
      wave.chunk("data", [])
      return #expect(throws: WaveHeaderError.self) { try wave.parse() }?.message
    }
    #expect(message { _ in }?.contains("before \"fmt \"") == true)
    #expect(message { $0.format(channels: 0, frameBytes: 2) }?.contains("0 channels") == true)
    #expect(message { $0.format(channels: 9) }?.contains("9 channels") == true)
    #expect(message { $0.format(sampleRate: 4000) }?.contains("4000 Hz") == true)
    #expect(message { $0.format(sampleRate: 0xFFFF_FFFF) }?.contains("384000") == true)
    #expect(message { $0.format(tag: 85) }?.contains("format 85") == true)
    #expect(message { $0.format(tag: 3, bits: 64) }?.contains("64 bits") == true)
    #expect(message { $0.format(bits: 0, frameBytes: 2) } != nil)
    #expect(message { $0.format(channels: 2, frameBytes: 3) } != nil)
    #expect(message { $0.format(tag: 0xFFFE) }?.contains("format 65534") == true)
    #expect(message { $0.chunk("fmt ", [1, 0]) }?.contains("2 bytes") == true)
  }

  @Test func `a header without end is given up at its limit`() throws {
    var wave = WaveBytes()
    wave.format()
    wave.chunk("JUNK", [], length: WaveHeader.largestBytes)
    #expect(throws: WaveHeaderError.self) { try wave.parse() }
    var huge = WaveBytes()
    huge.chunk("JUNK", [], length: 0xFFFF_FFFF)
    #expect(throws: WaveHeaderError.self) { try huge.parse() }
  }
}
