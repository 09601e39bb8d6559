/// Samples of any encoding as floats, full scale 1.0.
public enum SampleDecoder {
  /// Decodes the whole samples of `bytes` into the beginning of `samples`, which must hold them; answers how many.
  /// Channels stay interleaved, and what is no finite number stays that.
  @discardableResult
  public static func decode(
    _ bytes: UnsafeRawBufferPointer, as encoding: SampleEncoding, into samples: UnsafeMutableBufferPointer<Float>
  ) -> Int {
    let count = bytes.count / encoding.sampleBytes
    precondition(samples.count >= count, "the buffer must hold every sample")
    guard let start = bytes.baseAddress else { return 0 }
    switch encoding {
    case .u8: decode(start, count, U8Code(), into: samples)
    case .s16le: decode(start, count, S16Code(), into: samples)
    case .s24le: decode(start, count, S24Code(), into: samples)
    case .s32le: decode(start, count, S32Code(), into: samples)
    case .f32le: decode(start, count, F32Code(), into: samples)
    case .mulaw: decode(start, count, G711Code.mulaw, into: samples)
    case .alaw: decode(start, count, G711Code.alaw, into: samples)
    case .s24in32le: decode(start, count, PaddedS24Code(), into: samples)
    }
    return count
  }

  /// The same for 24 bits in the low three of four bytes, which only devices have.
  @discardableResult
  public static func decodePaddedS24(
    _ bytes: UnsafeRawBufferPointer, into samples: UnsafeMutableBufferPointer<Float>
  ) -> Int {
    let count = bytes.count / 4
    precondition(samples.count >= count, "the buffer must hold every sample")
    guard let start = bytes.baseAddress else { return 0 }
    decode(start, count, PaddedS24Code(), into: samples)
    return count
  }

  /// Appends the samples in `bytes`, whole ones, to `floats`. NaN and infinities become 0, as they are measured.
  public static func append(_ bytes: UnsafeRawBufferPointer, encoding: SampleEncoding, to floats: inout [Float]) {
    precondition(bytes.count % encoding.sampleBytes == 0, "half a sample was given to be decoded")
    floats.append(addingCapacity: bytes.count / encoding.sampleBytes) { span in
      span.withUnsafeMutableBufferPointer { memory, count in
        let added = UnsafeMutableBufferPointer(rebasing: memory[count...])
        let decoded = decode(bytes, as: encoding, into: added)
        if encoding == .f32le { for index in 0..<decoded where !added[index].isFinite { added[index] = 0 } }
        count += decoded
      }
    }
  }

  private static func decode(
    _ start: UnsafeRawPointer, _ count: Int, _ code: some SampleCode, into samples: UnsafeMutableBufferPointer<Float>
  ) {
    for index in 0..<count { samples[index] = Float(code.number(start, index)) }
  }
}
