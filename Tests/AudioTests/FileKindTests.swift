import Audio
import Support
import Testing

struct FileKindTests {
  /// A frame of MPEG-1 layer III with 128 kbit/s at 44.1 kHz: 417 bytes.
  private static let mpegFrame: [UInt8] = [0xFF, 0xFB, 0x90, 0xC4] + [UInt8](repeating: 0x55, count: 413)
  /// A frame of AAC LC at 16 kHz, mono, with 200 bytes.
  private static let adtsFrame: [UInt8] =
    [0xFF, 0xF1, 0x60, 0x40, 200 >> 3, (200 & 7) << 5 | 0x1F, 0xFC] + [UInt8](repeating: 0x33, count: 193)

  static let beginnings: [(FileKind, [UInt8])] = [
    (.wave, Array("RIFF....WAVEfmt ".utf8)), (.wave, Array("RF64....WAVEds64".utf8)),
    (.aiff, Array("FORM....AIFC".utf8)), (.flac, Array("fLaC".utf8) + [0, 0, 0, 34, 16, 0, 16, 0]),
    (.ogg, Array("OggS".utf8) + [0, 2, 0, 0, 0, 0, 0, 0]), (.mp4, [0, 0, 0, 0x1C] + Array("ftypM4A ".utf8)),
    (.matroska, [0x1A, 0x45, 0xDF, 0xA3, 0x9F, 0x42, 0x86, 1, 1, 1, 1, 1]),
    (.asf, [0x30, 0x26, 0xB2, 0x75, 0x8E, 0x66, 0xCF, 0x11, 0xA6, 0xD9, 0, 0xAA]),
    (.amr, Array("#!AMR-WB\n   ".utf8)), (.caf, Array("caff".utf8) + [0, 1, 0, 0] + Array("desc".utf8)),
    (.au, Array(".snd".utf8) + [0, 0, 0, 24, 0, 0, 0, 0]),
    (.wave64, Array("riff".utf8) + [0x2E, 0x91, 0xCF, 0x11, 0xA5, 0xD6, 0x28, 0xDB]),
    (.mpeg, mpegFrame + mpegFrame), (.adts, adtsFrame + adtsFrame),
  ]

  @Test(arguments: beginnings)
  func `a file is known by its first bytes`(_ kind: FileKind, _ bytes: [UInt8]) {
    #expect(FileKind(bytes) == kind)
  }

  @Test func `one frame, or two of different streams, are no MPEG audio`() {
    #expect(FileKind(Self.mpegFrame) == nil)
    #expect(FileKind(Self.mpegFrame + [UInt8](repeating: 0xFF, count: 20)) == nil)
    var other = Self.mpegFrame
    other[2] = 0x94
    #expect(FileKind(Self.mpegFrame + other) == nil)
    #expect(FileKind(Self.adtsFrame) == nil)
  }

  @Test func `an ID3 tag has a length, and may be damaged`() {
    let tag = Array("ID3".utf8) + [4, 0, 0, 0, 0, 2, 1]
    #expect(ID3Tag.bytes(tag) == 10 + 257)
    #expect(ID3Tag.bytes(Array("ID3".utf8) + [4, 0, 0, 0, 0, 2, 0x81]) == nil)
    #expect(ID3Tag.bytes(Array("ID3 is a tag".utf8)) == nil)
  }

  @Test func `the lengths of MPEG frames are those of the standard`() {
    func values(_ bytes: [UInt8]) -> [Int]? {
      MPEGHeader(bytes).map { [$0.frameBytes, $0.frames, $0.sampleRate] }
    }
    #expect(values([0xFF, 0xFB, 0x90, 0xC4]) == [417, 1152, 44_100])
    #expect(values([0xFF, 0xF3, 0x48, 0xC4]) == [144, 576, 16_000])
    #expect(values([0xFF, 0xFD, 0x80, 0x04]) == [417, 1152, 44_100])
    #expect(values([0xFF, 0xFF, 0x90, 0xC4]) == nil)
    #expect(values([0xFF, 0xFB, 0xF0, 0]) == nil)
    #expect(values([0xFF, 0xFB, 0x9C, 0]) == nil)
    #expect(values([0xFF, 0xEB, 0x90, 0]) == nil)
  }
}

/// The first bytes of streams of samples.
struct StreamBeginningTests {
  /// The message with which a stream of these chunks is refused, if it is.
  private func refusal(_ chunks: [[UInt8]]) -> String? {
    var layout = StreamLayout(format: .standard)
    for chunk in chunks {
      let message: String? = chunk.withUnsafeBytes { bytes in
        do throws(WaveHeaderError) {
          _ = try layout.take(bytes)
          return nil
        } catch {
          return error.message
        }
      }
      if let message { return message }
    }
    return nil
  }

  private func pieces(_ bytes: [UInt8], of size: Int) -> [[UInt8]] {
    stride(from: 0, to: bytes.count, by: size).map { Array(bytes[$0..<min($0 + size, bytes.count)]) }
  }

  @Test(arguments: FileKindTests.beginnings.filter { $0.0 != .wave })
  func `a file that has to be decoded is refused by its name, in pieces of any size`(_ kind: FileKind, _ bytes: [UInt8])
  {
    for size in [1, 3, 4, 11, 100, 3200] {
      #expect(refusal(pieces(bytes, of: size))?.contains(kind.name) == true, "\(kind) in pieces of \(size)")
    }
  }

  /// The first 12 bytes decide for most kinds; a frame of 7 ends within them.
  @Test func `frames of a few bytes are found in pieces of any size`() {
    let frame: [UInt8] = [0xFF, 0xF1, 0x60, 0x40, 0, 0xE0, 0xFC]
    for size in 1...21 {
      #expect(refusal(pieces(frame + frame + frame, of: size))?.contains("AAC") == true, "in pieces of \(size)")
    }
  }

  @Test func `an MP3 behind a tag is refused`() {
    let tag = Array("ID3".utf8) + [3, 0, 0, 0, 0, 7, 0] + [UInt8](repeating: 0, count: 100)
    #expect(refusal([tag])?.contains("MP3") == true)
  }

  @Test(arguments: [1, 2, 30, 500, 20_000], Seed.fresh)
  func `noise of any level is samples`(_ level: Int, _ seed: Seed) {
    var random = seed.random
    for _ in 0..<300 {
      var bytes: [UInt8] = []
      for _ in 0..<800 {
        let sample = Int16.random(in: Int16(-level)...Int16(level), using: &random)
        bytes += [UInt8(truncatingIfNeeded: sample), UInt8(truncatingIfNeeded: sample >> 8)]
      }
      guard let message = refusal([bytes]) else { continue }
      Issue.record("\(message): \(bytes.prefix(12))")
      return
    }
  }
}
