internal import Audio
internal import Resampling
internal import Support

/// Audio to stream; repeats if it must be longer.
struct Sound {
  var format = AudioFormat.standard
  /// Whole frames.
  var bytes: [UInt8]
  var totalBytes: Int

  init(format: AudioFormat = .standard, bytes: [UInt8]) {
    self.format = format
    self.bytes = bytes
    totalBytes = bytes.count
  }

  /// Samples of one channel at 16 kHz, full scale 1.
  init(samples: [Float]) {
    let bytes = [UInt8](unsafeUninitializedCapacity: samples.count * 2) { buffer, count in
      for (index, sample) in samples.enumerated() {
        let value = Int16(max(-32_768, min(32_767, (sample * 32_768).rounded())))
        buffer[2 * index] = UInt8(truncatingIfNeeded: value)
        buffer[2 * index + 1] = UInt8(truncatingIfNeeded: value >> 8)
      }
      count = samples.count * 2
    }
    self.init(bytes: bytes)
  }

  var seconds: Double { format.seconds(frames: totalBytes / format.frameBytes) }

  /// The same, `seconds` long, from `start` seconds into it on.
  func lasting(_ seconds: Double, from start: Double = 0) -> Sound {
    var sound = self
    let skipped = bytesIn(start) % bytes.count
    sound.bytes = Array(bytes[skipped...] + bytes[..<skipped])
    sound.totalBytes = bytesIn(seconds)
    return sound
  }

  /// Calls with at most `count` bytes from `offset` on.
  func withChunk(at offset: Int, _ count: Int, _ body: (UnsafeRawBufferPointer) -> Void) {
    let start = offset % bytes.count
    let end = min(start + count, bytes.count, start + totalBytes - offset)
    bytes.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[start..<end])) }
  }

  func bytesIn(_ seconds: Double) -> Int { Int(seconds * Double(format.sampleRate)) * format.frameBytes }
}

extension SpeechRecording {
  static let testdata = austen + cards
  static let wheel = [twoCities, beckett]
  static let all = testdata + wheel

  /// Its name in a table.
  var label: String {
    if name.contains("austen") { return "austen \(name.suffix(4))" }
    return Int(name) == nil ? name : "cards \(name)"
  }

  /// One channel at 16 kHz.
  func samples() throws -> [Float] {
    let (format, bytes) = try sound()
    let samples = bytes.withUnsafeBytes { bytes in
      stride(from: 0, to: bytes.count, by: format.frameBytes).map {
        Float(Int16(littleEndian: bytes.loadUnaligned(fromByteOffset: $0, as: Int16.self))) / 32_768
      }
    }
    guard format.sampleRate != 16_000 else { return samples }
    var resampler = try Resampler(from: format.sampleRate, to: 16_000, channels: 1)
    var converted: [Float] = []
    samples.withUnsafeBufferPointer { resampler.process($0) { converted += $0 } }
    resampler.finish { converted += $0 }
    return converted
  }
}
