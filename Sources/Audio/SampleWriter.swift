/// Writes samples as bytes: full scale 1.0 becomes the encoding's full scale, rounded to nearest (ties to even) and
/// held at either end; not a number becomes silence. f32le is written as it is.
public enum SampleWriter {
  /// Writes all of `samples` into the beginning of `bytes`, which must hold them; answers how many bytes that took.
  @discardableResult
  public static func write(
    _ samples: UnsafeBufferPointer<Float>, as encoding: SampleEncoding, into bytes: UnsafeMutableRawBufferPointer
  ) -> Int {
    let count = samples.count * encoding.sampleBytes
    precondition(bytes.count >= count, "the buffer must hold every sample")
    switch encoding {
    case .u8:
      for (i, x) in samples.enumerated() { bytes[i] = UInt8(scaled(x, by: 128) + 128) }
    case .s16le:
      for (i, x) in samples.enumerated() { store(Int16(scaled(x, by: 32768)), at: 2 * i, in: bytes) }
    case .s24le:
      for (i, x) in samples.enumerated() {
        let value = scaled(x, by: 8_388_608)
        bytes[3 * i] = UInt8(truncatingIfNeeded: value)
        bytes[3 * i + 1] = UInt8(truncatingIfNeeded: value >> 8)
        bytes[3 * i + 2] = UInt8(truncatingIfNeeded: value >> 16)
      }
    case .s32le:
      for (i, x) in samples.enumerated() { store(scaled(x, by: 2_147_483_648), at: 4 * i, in: bytes) }
    case .f32le:
      for (i, x) in samples.enumerated() {
        bytes.storeBytes(of: x.bitPattern.littleEndian, toByteOffset: 4 * i, as: UInt32.self)
      }
    case .s24in32le:
      for (i, x) in samples.enumerated() { store(scaled(x, by: 8_388_608), at: 4 * i, in: bytes) }
    case .mulaw:
      for (i, x) in samples.enumerated() { bytes[i] = G711.mulaw(scaled(x, by: 32768)) }
    case .alaw:
      for (i, x) in samples.enumerated() { bytes[i] = G711.alaw(scaled(x, by: 32768)) }
    }
    return count
  }

  /// `sample` in steps of the encoding, held at −fullScale and fullScale − 1. In Double: a Float has no 2^31 − 1.
  private static func scaled(_ sample: Float, by fullScale: Double) -> Int32 {
    let value = (Double(sample) * fullScale).rounded(.toNearestOrEven)
    return value.isNaN ? 0 : Int32(min(max(value, -fullScale), fullScale - 1))
  }

  private static func store<T: FixedWidthInteger>(_ value: T, at offset: Int, in bytes: UnsafeMutableRawBufferPointer) {
    bytes.storeBytes(of: value.littleEndian, toByteOffset: offset, as: T.self)
  }
}
