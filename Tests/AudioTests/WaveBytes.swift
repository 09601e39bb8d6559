import Audio

/// RIFF/WAVE bytes put together by hand.
struct WaveBytes {
  var bytes: [UInt8] = []

  init(riffLength: Int = 0xFFFF_FFFF) {
    bytes += "RIFF".utf8
    append(riffLength, 4)
    bytes += "WAVE".utf8
  }

  mutating func append(_ value: Int, _ count: Int) {
    for shift in 0..<count { bytes.append(UInt8(truncatingIfNeeded: value >> (8 * shift))) }
  }

  /// A chunk with its padding; `length` is what is claimed when it is not what is there.
  mutating func chunk(_ id: String, _ contents: [UInt8], length: Int? = nil) {
    bytes += id.utf8
    append(length ?? contents.count, 4)
    bytes += contents
    if contents.count % 2 == 1 { bytes.append(0) }
  }

  mutating func format(
    tag: Int = 1, channels: Int = 1, sampleRate: Int = 16_000, bits: Int = 16, frameBytes: Int? = nil,
    extra: [UInt8] = []
  ) {
    var fields = WaveBytes()
    fields.bytes = []
    let frameBytes = frameBytes ?? channels * bits / 8
    for (value, count) in [
      (tag, 2), (channels, 2), (sampleRate, 4), (sampleRate * frameBytes, 4), (frameBytes, 2), (bits, 2),
    ] { fields.append(value, count) }
    chunk("fmt ", fields.bytes + extra)
  }

  /// What WAVE_FORMAT_EXTENSIBLE adds: valid bits, speakers, and the sub-format whose GUID begins with the real tag.
  static func extensible(tag: Int, validBits: Int) -> [UInt8] {
    var fields = WaveBytes()
    fields.bytes = []
    fields.append(22, 2)
    fields.append(validBits, 2)
    fields.append(0, 4)
    fields.append(tag, 2)
    return fields.bytes + [0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xAA, 0, 0x38, 0x9B, 0x71]
  }

  func parse() throws(WaveHeaderError) -> WaveHeader? {
    let result: Result<WaveHeader?, WaveHeaderError> = bytes.withUnsafeBytes { bytes in
      do throws(WaveHeaderError) { return .success(try WaveHeader.parse(bytes)) } catch { return .failure(error) }
    }
    return try result.get()
  }
}
