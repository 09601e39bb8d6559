import Testing

@testable import Audio

struct ChannelSplitterTests {
  /// Each channel's samples of a stream that comes in pieces of so many bytes.
  private func split(_ bytes: [UInt8], _ format: AudioFormat, pieces: Int) throws -> [[UInt8]] {
    var splitter = ChannelSplitter(format)
    var channels: [[UInt8]] = []
    for start in stride(from: 0, to: bytes.count, by: pieces) {
      let taken = try Array(bytes[start..<min(start + pieces, bytes.count)]).withUnsafeBytes { try splitter.take($0) }
      #expect(Set(taken.map(\.count)).count == 1)
      if channels.isEmpty || channels.count != taken.count { channels = taken.map { _ in [] } }
      for (channel, samples) in taken.enumerated() { channels[channel] += samples }
    }
    return channels
  }

  @Test(arguments: [1, 2, 3, 5, 7, 1000])
  func `each channel has its own samples, however the stream is cut`(pieces: Int) throws {
    let stereo = AudioFormat(sampleRate: 8000, channels: 2, encoding: .s16le)
    var (bytes, left, right): ([UInt8], [UInt8], [UInt8]) = ([], [], [])
    for sample in UInt8(0)..<120 {
      left += [sample, 0]
      right += [sample + 100, 1]
      bytes += [sample, 0, sample + 100, 1]
    }
    #expect(try split(bytes + [7, 7, 7], stereo, pieces: pieces) == [left, right])
    let eight = AudioFormat(sampleRate: 8000, channels: 8, encoding: .mulaw)
    let last = try split([UInt8](1...240), eight, pieces: pieces)[7]
    #expect(last == Array(stride(from: 8, through: 240, by: 8)))
  }

  @Test(arguments: [1, 10, 1000])
  func `a header says how many there are`(pieces: Int) throws {
    let format = AudioFormat(sampleRate: 44_100, channels: 3, encoding: .s16le)
    let samples = [UInt8](1...60)
    let channels = try split(WaveHeader.streamed(format) + samples, .standard, pieces: pieces)
    #expect(channels.map(\.count) == [20, 20, 20])
    #expect(channels[1].prefix(4) == [3, 4, 9, 10])
  }
}
