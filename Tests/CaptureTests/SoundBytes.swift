import Audio
import Support

@testable import Capture

/// Sound files as bytes, to be spoiled.
struct SoundBytes {
  typealias Container = SoundFileWriter.Container
  typealias Coding = SoundFileWriter.Coding

  static let rate = 16_000
  let files = TestFiles()

  /// A tone of so many frames, mono at 16 kHz.
  func bytes(_ container: Container, _ coding: Coding, frames: Int = 32_000, hertz: Double = 440) throws -> [UInt8] {
    let path = files.path()
    let tone = SoundMeasure.sine(hertz, amplitude: 0.5, rate: Self.rate, frames: frames)
    try SoundFileWriter.write(tone, to: path, container, coding, rate: Self.rate)
    return TestFiles.bytes(path)
  }

  /// What is delivered of a file with these bytes.
  func read(_ bytes: [UInt8], raw: AudioFormat? = nil) throws -> Delivery {
    let path = try files.path(containing: bytes)
    let file = try AudioFile(path: path, raw: raw) { $0 }
    let (sound, events) = takeAll(file)
    return Delivery(format: file.format, length: file.length, bytes: sound, events: events)
  }

  struct Delivery {
    var format: AudioFormat
    var length: SourceLength
    var bytes: [UInt8]
    var events: [CaptureEvent]
    var frames: Int { bytes.count / format.frameBytes }
  }
}

extension [UInt8] {
  /// Where these bytes are for the first time.
  func place(of text: String) -> Int {
    let wanted = Array(text.utf8)
    guard let found = indices.first(where: { self[$0...].starts(with: wanted) }) else {
      preconditionFailure("\(text) is in the file")
    }
    return found
  }

  /// The bytes with a number somewhere else in its place.
  func replacing(_ count: Int, at position: Int, with number: Int, bigEndian: Bool = false) -> [UInt8] {
    var bytes = self
    for index in 0..<count {
      let shift = 8 * (bigEndian ? count - 1 - index : index)
      bytes[position + index] = UInt8(truncatingIfNeeded: number >> shift)
    }
    return bytes
  }
}
