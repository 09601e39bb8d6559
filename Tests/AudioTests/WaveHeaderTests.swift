import Audio
import Testing

struct WaveHeaderTests {
  @Test func `the usual header of 44 bytes`() throws {
    var wave = WaveBytes()
    wave.format(channels: 2, sampleRate: 44_100)
    wave.chunk("data", [1, 2, 3, 4])
    let header = try #require(try wave.parse())
    #expect(try header.format() == AudioFormat(sampleRate: 44_100, channels: 2, encoding: .s16le))
    #expect((header.samplesOffset, header.sampleBytes, header.codingPlace) == (44, 4, 20..<36))
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
    #expect(try plain.parse()?.format() == AudioFormat(sampleRate: 16_000, channels: 3, encoding: encoding))
    var extensible = WaveBytes()
    extensible.format(
      tag: 0xFFFE, channels: 3, bits: bytes * 8, frameBytes: 3 * bytes,
      extra: WaveBytes.extensible(tag: tag, validBits: bits))
    extensible.chunk("data", [])
    #expect(try extensible.parse()?.format() == AudioFormat(sampleRate: 16_000, channels: 3, encoding: encoding))
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

  @Test(arguments: [0, 0x7FFF_F000, 0x7FFF_FFDB, 0x8000_0000, 0xFFFF_F000, 0xFFFF_FFDB, 0xFFFF_FFFF])
  func `a length a streaming recorder leaves is unknown`(length: Int) throws {
    var wave = WaveBytes()
    wave.format()
    wave.chunk("data", [1, 2], length: length)
    let header = try #require(try wave.parse())
    #expect((header.samplesOffset, header.statedBytes, header.sampleBytes) == (44, length, nil))
  }

  @Test(arguments: [2, 0x6000_0000, 0x9000_0000, 0xC000_0000, 0xF000_0000])
  func `any other length is a promise, also beyond 2 GiB`(length: Int) throws {
    var wave = WaveBytes()
    wave.format()
    wave.chunk("data", [1, 2], length: length)
    #expect(try wave.parse()?.sampleBytes == length)
  }

  @Test func `padding may be missing, be more than needed, and be other than zero`() throws {
    for padding in [[], [0], [0, 0, 0], [0x55]] as [[UInt8]] {
      var wave = WaveBytes()
      wave.format()
      wave.bytes += Array("LIST".utf8) + [3, 0, 0, 0, 1, 2, 3] + padding
      wave.chunk("data", [9, 9])
      let whole = wave.bytes
      let header = try #require(try wave.parse(), "padding \(padding)")
      #expect(header.samplesOffset == whole.count - 2)
      for cut in 12..<whole.count {
        var reader = WaveHeaderReader()
        let first = try reader.take(Array(whole[..<cut]))
        #expect(try first ?? reader.take(Array(whole[cut...])) == header, "padding \(padding), cut at \(cut)")
      }
    }
  }

  @Test(arguments: ["RF64", "BW64"])
  func `lengths of 64 bits are read where 32 are too few`(name: String) throws {
    for (length, wanted) in [(1 << 33, 1 << 33), (0, nil), (-1, nil)] as [(Int, Int?)] {
      var sizes = WaveBytes()
      sizes.bytes = []
      for value in [0, length, 0] { sizes.append(value, 8) }
      var wave = WaveBytes()
      wave.bytes.replaceSubrange(0..<4, with: name.utf8)
      wave.chunk("ds64", sizes.bytes + [0, 0, 0, 0])
      wave.format()
      wave.chunk("data", [1, 2], length: 0xFFFF_FFFF)
      #expect(try wave.parse()?.sampleBytes == wanted)
    }
  }

  @Test func `a wrong block size does not matter, the bits decide`() throws {
    for frameBytes in [0, 1, 2, 3, 8] {
      var wave = WaveBytes()
      wave.format(channels: 2, frameBytes: frameBytes)
      wave.chunk("data", [1, 2, 3, 4])
      #expect(try wave.parse()?.format().frameBytes == 4)
    }
  }

  @Test func `a reader of a file passes over what says nothing`() throws {
    var wave = WaveBytes()
    wave.chunk("JUNK", [UInt8](repeating: 7, count: 5000))
    wave.format()
    wave.chunk("data", [1, 2])
    var reader = WaveHeaderReader()
    #expect(try reader.take(Array(wave.bytes[..<20])) == nil)
    #expect(reader.skip() == 5000)
    #expect(try reader.take(Array(wave.bytes[reader.offset...])) == wave.parse())
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
    for name in ["RIFX", "RF64", "BW64"] { #expect(begins("\(name)....WAVE")) }
    #expect(!begins("RIFF....AVI "))
    #expect(!begins(""))
  }

  @Test func `what can't be used is refused with what would be right`() throws {
    func message(_ build: (inout WaveBytes) -> Void) -> String? {
      var wave = WaveBytes()
      build(&wave)
      wave.chunk("data", [])
      return #expect(throws: WaveHeaderError.self) { try wave.parse()?.format() }?.message
    }
    #expect(message { _ in }?.contains("before \"fmt \"") == true)
    #expect(message { $0.format(channels: 0, frameBytes: 2) }?.contains("0 channels") == true)
    #expect(message { $0.format(channels: 9) }?.contains("9 channels") == true)
    #expect(message { $0.format(sampleRate: 4000) }?.contains("4000 Hz") == true)
    #expect(message { $0.format(sampleRate: 0xFFFF_FFFF) }?.contains("384000") == true)
    #expect(message { $0.format(tag: 85) }?.contains("format 85") == true)
    #expect(message { $0.format(tag: 3, bits: 64) }?.contains("64 bits") == true)
    #expect(message { $0.format(bits: 0, frameBytes: 2) } != nil)
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
