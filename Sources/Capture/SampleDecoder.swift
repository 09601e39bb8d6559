/// Reads the samples of a device as floats, full scale 1.0.
enum SampleDecoder {
  /// Decodes whole samples of `bytes` into the beginning of `samples`, which must hold them.
  static func decode(
    _ bytes: UnsafeRawBufferPointer, as encoding: DeviceEncoding, into samples: UnsafeMutableBufferPointer<Float>
  ) -> Int {
    let count = bytes.count / encoding.sampleBytes
    precondition(samples.count >= count, "the buffer must hold every sample")
    switch encoding {
    case .u8:
      for i in 0..<count { samples[i] = Float(Int32(bytes[i]) - 128) / 128 }
    case .s16:
      for i in 0..<count { samples[i] = Float(load(Int16.self, at: 2 * i, of: bytes)) / 32768 }
    case .s24:
      for i in 0..<count {
        let value = Int32(bytes[3 * i]) << 8 | Int32(bytes[3 * i + 1]) << 16 | Int32(bytes[3 * i + 2]) << 24
        samples[i] = Float(value >> 8) / 8_388_608
      }
    case .s24in32:
      // What is in the fourth byte is the driver's affair.
      for i in 0..<count { samples[i] = Float((load(Int32.self, at: 4 * i, of: bytes) << 8) >> 8) / 8_388_608 }
    case .s32:
      for i in 0..<count { samples[i] = Float(load(Int32.self, at: 4 * i, of: bytes)) / 2_147_483_648 }
    case .f32:
      for i in 0..<count { samples[i] = Float(bitPattern: load(UInt32.self, at: 4 * i, of: bytes)) }
    }
    return count
  }

  private static func load<T: FixedWidthInteger & BitwiseCopyable>(
    _ type: T.Type, at offset: Int, of bytes: UnsafeRawBufferPointer
  ) -> T {
    T(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: type))
  }
}
