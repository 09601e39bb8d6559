extension Levels {
  /// Measures `bytes`, which are whole samples.
  ///
  /// Clipped is what has the magnitude of the encoding's largest positive number, or more: s16le ±32767 and −32768,
  /// μ-law ±32124, A-law ±32256, a float from 1.0 up. NaN and infinities count as clipped and are measured as 0: JSON
  /// has no such numbers.
  public static func measure(_ bytes: UnsafeRawBufferPointer, encoding: SampleEncoding) -> Levels {
    precondition(bytes.count % encoding.sampleBytes == 0, "half a sample was given to be measured")
    guard let start = bytes.baseAddress else { return Levels() }
    let count = bytes.count / encoding.sampleBytes
    return switch encoding {
    case .u8: measure(start, count, U8Code())
    case .s16le: measureS16(start, count)
    case .s24le: measure(start, count, S24Code())
    case .s32le: measure(start, count, S32Code())
    case .f32le: measure(start, count, F32Code())
    case .mulaw: measure(start, count, G711Code.mulaw)
    case .alaw: measure(start, count, G711Code.alaw)
    case .s24in32le: measure(start, count, PaddedS24Code())
    }
  }

  private static func measure(_ start: UnsafeRawPointer, _ count: Int, _ code: some SampleCode) -> Levels {
    var lanes = Lanes(largest: code.largest)
    var index = 0
    while index &+ 8 <= count {
      var eight = SIMD8<Double>()
      // Written out: as a loop over the lanes it is not vectorised.
      eight[0] = code.number(start, index)
      eight[1] = code.number(start, index &+ 1)
      eight[2] = code.number(start, index &+ 2)
      eight[3] = code.number(start, index &+ 3)
      eight[4] = code.number(start, index &+ 4)
      eight[5] = code.number(start, index &+ 5)
      eight[6] = code.number(start, index &+ 6)
      eight[7] = code.number(start, index &+ 7)
      lanes.add(eight)
      index &+= 8
    }
    var rest = SIMD8<Double>()
    for lane in 0..<count - index { rest[lane] = code.number(start, index + lane) }
    lanes.add(rest)
    return Levels(
      samples: count, sumOfSquares: lanes.squares.sum(), peak: lanes.peaks.max(),
      clipped: Int(lanes.clipped.wrappedSum()))
  }

  /// Eight sums at once: one would wait for each addition to finish, and the compiler may not reorder a float sum
  /// itself.
  private struct Lanes {
    var squares = SIMD8<Double>()
    var peaks = SIMD8<Double>()
    var clipped = SIMD8<Int64>()
    let largest: SIMD8<Double>

    init(largest: Double) { self.largest = SIMD8(repeating: largest) }

    @inline(__always) mutating func add(_ numbers: SIMD8<Double>) {
      let magnitudes = numbers.replacing(with: -numbers, where: numbers .< 0)
      let isFinite = magnitudes .<= Double.greatestFiniteMagnitude
      let finite = SIMD8<Double>().replacing(with: magnitudes, where: isFinite)
      squares += finite * finite
      peaks.replace(with: finite, where: finite .> peaks)
      // Not "from the largest up", which a NaN is not.
      clipped.replace(with: clipped &+ 1, where: .!(magnitudes .< largest))
    }
  }
}
