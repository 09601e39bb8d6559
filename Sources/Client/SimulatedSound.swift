import Audio
import Capture

/// The bytes simulated clients send: noise, or a file's sound over and over.
struct SimulatedSound {
  /// As much of a file as is kept in memory: more than half an hour of the standard format.
  private static let limitBytes = 64 << 20

  let format: AudioFormat
  /// What is repeated, and then its beginning once more, so that every chunk lies in one piece.
  private let bytes: [UInt8]
  private let period: Int
  private let chunkBytes: Int

  /// Random samples of 16 bits, a megabyte of them.
  init(noiseInChunksOf chunkBytes: Int) {
    var random = SystemRandomNumberGenerator()
    var noise: [UInt8] = []
    noise.reserveCapacity((1 << 20) + chunkBytes)
    while noise.count < 1 << 20 { withUnsafeBytes(of: random.next()) { noise.append(contentsOf: $0) } }
    self.init(noise, format: .standard, chunkBytes: chunkBytes)
  }

  /// The sound of a file, in its own format.
  init(file: AudioFile, chunkBytes: Int) {
    var sound: [UInt8] = []
    let block = UnsafeMutableRawBufferPointer.allocate(byteCount: file.format.frameBytes * 4096, alignment: 8)
    defer { block.deallocate() }
    reading: while sound.count < Self.limitBytes {
      switch file.next(into: block) {
      case .audio(let count): sound.append(contentsOf: block[..<count])
      case .event: continue
      case .nothingYet, .end: break reading
      }
    }
    self.init(sound, format: file.format, chunkBytes: chunkBytes)
  }

  private init(_ sound: [UInt8], format: AudioFormat, chunkBytes: Int) {
    self.format = format
    self.chunkBytes = chunkBytes
    period = sound.count
    var bytes = sound
    var copied = 0
    while copied < chunkBytes {
      let piece = sound.prefix(chunkBytes - copied)
      bytes += piece
      copied += piece.count
    }
    self.bytes = bytes
  }

  /// The chunk after `sent` others, for the time of `body`.
  func withChunk(after sent: Int, _ body: (UnsafeRawBufferPointer) -> Void) {
    let offset = sent * chunkBytes % period
    bytes.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[offset..<offset + chunkBytes])) }
  }
}
