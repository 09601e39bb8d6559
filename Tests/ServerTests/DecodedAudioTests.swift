import Audio
import Testing

@testable import Server

struct DecodedAudioTests {
  private let format = AudioFormat(sampleRate: 8000, channels: 2, encoding: .s16le)

  /// The sizes of the chunks of an output that comes in pieces of so many bytes.
  private func chunks(_ output: [UInt8], pieces: Int, raw: AudioFormat? = nil) throws -> [Int] {
    var audio = DecodedAudio(raw)
    var sizes: [Int] = []
    var bytes: [UInt8] = []
    func take() {
      while let chunk = audio.next() {
        sizes.append(chunk.count)
        bytes += chunk
      }
    }
    for start in stride(from: 0, to: output.count, by: pieces) {
      let piece = Array(output[start..<min(start + pieces, output.count)])
      try piece.withUnsafeBytes { bytes in try audio.append(bytes) }
      take()
    }
    audio.end()
    take()
    #expect(audio.format == format)
    #expect(bytes.elementsEqual(output.suffix(bytes.count + output.count % 4).prefix(bytes.count)))
    #expect(audio.seconds == Double(bytes.count) / 32_000)
    return sizes
  }

  @Test(arguments: [1, 7, 5000, 1 << 20])
  func `a decoder's output is cut into seconds, whatever its pieces`(pieces: Int) throws {
    let samples = (0..<70_000).map { UInt8(truncatingIfNeeded: $0) }
    #expect(try chunks(WaveHeader.streamed(format) + samples, pieces: pieces) == [32_000, 32_000, 6000])
    #expect(try chunks(samples, pieces: pieces, raw: format) == [32_000, 32_000, 6000])
  }

  @Test func `half a frame at the end is no audio, and no audio is no chunk`() throws {
    #expect(try chunks(WaveHeader.streamed(format) + [1, 2, 3, 4, 5, 6], pieces: 50) == [4])
    #expect(try chunks(WaveHeader.streamed(format), pieces: 50) == [])
  }

  @Test func `an output that is no WAVE file has no chunk`() throws {
    var audio = DecodedAudio()
    let junk = [UInt8](repeating: 65, count: 100)
    #expect(throws: WaveHeaderError.self) {
      try junk.withUnsafeBytes { bytes in try audio.append(bytes) }
    }
  }
}
