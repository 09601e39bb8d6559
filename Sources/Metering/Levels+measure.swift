public import Wire

extension Levels {
  /// Measures `bytes`, which are whole samples.
  ///
  /// Clipped is what has the magnitude of the encoding's largest positive number, or more: s16le ±32767 and −32768, μ-law
  /// ±32124, A-law ±32256, a float from 1.0 up. NaN and infinities count as clipped and are measured as 0: JSON has no such numbers.
  public static func measure(_ bytes: UnsafeRawBufferPointer, encoding: SampleEncoding) -> Levels {
    precondition(bytes.count % encoding.sampleBytes == 0, "half a sample was given to be measured")
    return Levels()
  }
}
