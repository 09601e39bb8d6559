public import Wire

/// Samples of any encoding as the floats a recogniser takes.
public enum SampleDecoder {
  /// Appends the samples in `bytes`, whole ones, to `floats`: full scale 1.0, channels interleaved as they were.
  /// NaN and infinities become 0, as they are measured.
  public static func append(_ bytes: UnsafeRawBufferPointer, encoding: SampleEncoding, to floats: inout [Float]) {
    precondition(bytes.count % encoding.sampleBytes == 0, "half a sample was given to be decoded")
    guard let start = bytes.baseAddress else { return }
    let count = bytes.count / encoding.sampleBytes
    switch encoding {
    case .u8: append(start, count, U8Code(), to: &floats)
    case .s16le: append(start, count, S16Code(), to: &floats)
    case .s24le: append(start, count, S24Code(), to: &floats)
    case .s32le: append(start, count, S32Code(), to: &floats)
    case .f32le: append(start, count, F32Code(), to: &floats)
    case .mulaw: append(start, count, G711Code.mulaw, to: &floats)
    case .alaw: append(start, count, G711Code.alaw, to: &floats)
    }
  }

  private static func append(
    _ start: UnsafeRawPointer, _ count: Int, _ code: some SampleCode, to floats: inout [Float]
  ) {
    for index in 0..<count {
      let number = Float(code.number(start, index))
      floats.append(number.isFinite ? number : 0)
    }
  }
}
