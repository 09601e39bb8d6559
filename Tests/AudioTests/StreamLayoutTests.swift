import Audio
import Testing

struct StreamLayoutTests {
  /// What a worker would measure: every placement's carried bytes and samples, put together.
  private struct Measured: Equatable {
    var samples: [UInt8] = []
    var frames = 0
  }

  private func feed(_ chunks: [[UInt8]], to layout: inout StreamLayout) throws -> Measured {
    var measured = Measured()
    for chunk in chunks {
      try chunk.withUnsafeBytes { bytes in
        let place = try layout.take(bytes)
        #expect(place.startFrame == measured.frames)
        place.carried.withBytes { measured.samples += $0 }
        measured.samples += bytes[place.samples]
        measured.frames += place.frames
        #expect(measured.samples.count == measured.frames * layout.format.frameBytes)
      }
    }
    #expect(layout.frames == measured.frames)
    return measured
  }

  private func pieces(_ bytes: [UInt8], of size: Int) -> [[UInt8]] {
    stride(from: 0, to: bytes.count, by: size).map { Array(bytes[$0..<min($0 + size, bytes.count)]) }
  }

  @Test(arguments: SampleEncoding.allCases, AudioFormat.channelCounts)
  func `however a stream is cut, its whole frames come out in order`(encoding: SampleEncoding, channels: Int) throws {
    let format = AudioFormat(sampleRate: 8000, channels: channels, encoding: encoding)
    let bytes = (0..<format.frameBytes * 5 + format.frameBytes / 2).map { UInt8(truncatingIfNeeded: $0) }
    let whole = Array(bytes[..<(format.frameBytes * 5)])
    for size in 1...bytes.count {
      var layout = StreamLayout(format: format)
      #expect(try feed(pieces(bytes, of: size), to: &layout) == Measured(samples: whole, frames: 5))
    }
    for split in 0...bytes.count {
      var layout = StreamLayout(format: format)
      let halves = [Array(bytes[..<split]), [], Array(bytes[split...])]
      #expect(try feed(halves, to: &layout) == Measured(samples: whole, frames: 5))
    }
    #expect(StreamLayout(format: format).seconds == 0)
  }

  private func wave(length: Int? = nil, trailer: [UInt8] = []) -> (bytes: [UInt8], samples: [UInt8]) {
    let samples = (0..<24).map { UInt8($0) }
    var wave = WaveBytes()
    wave.chunk("LIST", [7, 7, 7])
    wave.format(
      tag: 0xFFFE, channels: 2, sampleRate: 48_000, bits: 24, extra: WaveBytes.extensible(tag: 1, validBits: 24))
    wave.chunk("data", samples, length: length)
    return (wave.bytes + trailer, samples)
  }

  @Test func `a RIFF header is split anywhere`() throws {
    let (bytes, samples) = wave()
    for split in 1...bytes.count {
      var layout = StreamLayout(format: .standard)
      let got = try feed([Array(bytes[..<split]), Array(bytes[split...])], to: &layout)
      #expect(got == Measured(samples: samples, frames: 4))
      #expect(layout.format == AudioFormat(sampleRate: 48_000, channels: 2, encoding: .s24le))
    }
  }

  @Test func `a RIFF header may come byte by byte`() throws {
    let (bytes, samples) = wave()
    for size in 1...20 {
      var layout = StreamLayout(format: .standard)
      let got = try feed(pieces(bytes, of: size), to: &layout)
      #expect(got == Measured(samples: samples, frames: 4))
      #expect(layout.seconds == 4.0 / 48_000)
    }
  }

  @Test func `what follows the samples a header promised is no sound`() throws {
    let (bytes, samples) = wave(trailer: Array("LIST....and more".utf8))
    for split in 12...bytes.count {
      var layout = StreamLayout(format: .standard)
      let got = try feed([Array(bytes[..<split]), Array(bytes[split...]), [1, 2, 3]], to: &layout)
      #expect(got == Measured(samples: samples, frames: 4))
    }
  }

  @Test func `with a length not known everything that follows is sound`() throws {
    let (bytes, samples) = wave(length: 0xFFFF_FFFF)
    for size in 12...bytes.count {
      var layout = StreamLayout(format: .standard)
      let got = try feed(pieces(bytes, of: size) + [samples], to: &layout)
      #expect(got == Measured(samples: samples + samples, frames: 8))
    }
  }

  @Test func `samples that only look like RIFF later on are samples`() throws {
    let text = Array("xxRIFF....WAVEfmt ".utf8)
    var layout = StreamLayout(format: .standard)
    #expect(try feed([text], to: &layout) == Measured(samples: text, frames: 9))
    var later = StreamLayout(format: .standard)
    #expect(try feed([[1, 2], Array("RIFF....WAVEfmt ".utf8)], to: &later).frames == 9)
  }

  @Test(arguments: [AudioFormat.standard, AudioFormat(sampleRate: 8000, channels: 1, encoding: .s24le)])
  func `what only begins like RIFF is carried until that is clear, and none of it is lost`(_ format: AudioFormat) throws
  {
    for text in ["R", "RIF", "RIFF....WAV", "RIFF....WAVX and more", "RF64....", "RIFX....AXI and so on"] {
      let bytes = Array(text.utf8) + [1, 2, 3, 4, 5, 6]
      let whole = bytes.count / format.frameBytes * format.frameBytes
      for size in 1...bytes.count {
        var layout = StreamLayout(format: format)
        let got = try feed(pieces(bytes, of: size), to: &layout)
        #expect(got == Measured(samples: Array(bytes[..<whole]), frames: whole / format.frameBytes), "\(text), \(size)")
      }
    }
  }

  @Test(arguments: [0, 8], [0, 400])
  func `24 bits in four bytes are found at either end, behind silence too`(_ shift: Int, _ silence: Int) throws {
    let values = [Int](repeating: 0, count: silence) + [3, -3, 70_000, -8_000_000, 12, 5_000_000]
    let samples = values.flatMap { value in (0..<4).map { UInt8(truncatingIfNeeded: (value << shift) >> (8 * $0)) } }
    var wave = WaveBytes()
    wave.format(bits: 24, frameBytes: 4)
    wave.chunk("data", samples)
    for size in [1, 7, 100, 5000] {
      var layout = StreamLayout(format: .standard)
      var peak = 0.0
      for piece in pieces(wave.bytes, of: size) {
        try piece.withUnsafeBytes { bytes in
          let place = try layout.take(bytes)
          let sound = place.carried.withBytes { Array($0) } + Array(bytes[place.samples])
          peak = max(peak, sound.withUnsafeBytes { Levels.measure($0, encoding: layout.format.encoding) }.peak)
        }
      }
      #expect(layout.format.encoding == (shift == 0 ? .s24in32le : .s32le))
      #expect(layout.frames == values.count)
      #expect(abs(peak - 8_000_000 / 8_388_608.0) < 1e-6, "in pieces of \(size)")
    }
  }

  @Test func `RF64 is read like RIFF, RIFX is refused by its name`() throws {
    var (bytes, samples) = wave(length: 0xFFFF_FFFF)
    bytes.replaceSubrange(0..<4, with: "RF64".utf8)
    var layout = StreamLayout(format: .standard)
    #expect(try feed([bytes], to: &layout) == Measured(samples: samples, frames: 4))
    var bigEndian = WaveBytes()
    bigEndian.bytes = Array("RIFX....WAVEfmt ".utf8) + [0, 0, 0, 16, 0, 1, 0, 1, 0, 0, 0x3E, 0x80, 0, 0, 0x7D, 0, 0, 2]
    bigEndian.bytes += [0, 16] + Array("data".utf8) + [0, 0, 0, 4, 1, 2, 3, 4]
    var refusing = StreamLayout(format: .standard)
    let error = #expect(throws: WaveHeaderError.self) { try feed([bigEndian.bytes], to: &refusing) }
    #expect(error?.message.contains("RIFX") == true)
  }

  @Test func `a header that can't be used ends the understanding`() {
    var bad = WaveBytes()
    bad.format(channels: 9)
    bad.chunk("data", [])
    var layout = StreamLayout(format: .standard)
    #expect(throws: WaveHeaderError.self) { try feed([bad.bytes], to: &layout) }
    var unending = WaveBytes()
    unending.format()
    var slow = StreamLayout(format: .standard)
    #expect(throws: WaveHeaderError.self) {
      try feed([unending.bytes] + Array(repeating: [UInt8](repeating: 0, count: 8), count: 200_000), to: &slow)
    }
  }
}
