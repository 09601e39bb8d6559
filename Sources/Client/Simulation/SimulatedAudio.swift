import Audio
import Capture
import SpeechClient

/// The audio that simulated clients send: noise, or a file in a loop.
struct SimulatedAudio {
  /// The most of a file that is kept in memory: more than half an hour of the standard format.
  private static let limitBytes = 64 << 20

  let format: AudioFormat
  /// The loop, followed by a copy of its beginning, so that every chunk is contiguous.
  private let bytes: [UInt8]
  private let period: Int
  private let chunkBytes: Int

  /// A megabyte of random 16-bit samples.
  init(noiseInChunksOf chunkBytes: Int) {
    var random = SystemRandomNumberGenerator()
    var noise: [UInt8] = []
    noise.reserveCapacity((1 << 20) + chunkBytes)
    while noise.count < 1 << 20 { withUnsafeBytes(of: random.next()) { noise.append(contentsOf: $0) } }
    self.init(noise, format: .standard, chunkBytes: chunkBytes)
  }

  /// The audio of a file, in its own format.
  init(file: AudioFile, chunkBytes: Int) {
    var audio: [UInt8] = []
    let block = UnsafeMutableRawBufferPointer.allocate(byteCount: file.format.frameBytes * 4096, alignment: 8)
    defer { block.deallocate() }
    reading: while audio.count < Self.limitBytes {
      switch file.next(into: block) {
      case .audio(let count): audio.append(contentsOf: block[..<count])
      case .event: continue
      case .nothingYet, .end: break reading
      }
    }
    self.init(audio, format: file.format, chunkBytes: chunkBytes)
  }

  private init(_ audio: [UInt8], format: AudioFormat, chunkBytes: Int) {
    self.format = format
    self.chunkBytes = chunkBytes
    period = audio.count
    var bytes = audio
    var copied = 0
    while copied < chunkBytes {
      let piece = audio.prefix(chunkBytes - copied)
      bytes += piece
      copied += piece.count
    }
    self.bytes = bytes
  }

  /// Passes the chunk after `sent` others to `body`.
  func withChunk(after sent: Int, _ body: (UnsafeRawBufferPointer) -> Void) {
    let offset = sent * chunkBytes % period
    bytes.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[offset..<offset + chunkBytes])) }
  }
}
