extension Levels {
  /// The format nearly every stream has, in integers: exact, and three times as fast as in floats (see Benchmarks/Levels).
  static func measureS16(_ start: UnsafeRawPointer, _ count: Int) -> Levels {
    var squares = SIMD8<UInt64>()
    var lowest = SIMD16<Int16>()
    var highest = SIMD16<Int16>()
    var clipped = 0

    var index = 0
    while index < count {
      // A block stays in the first-level cache, so that looking through it again for what is clipped, if anything, costs little.
      let end = min(index + blockSamples, count)
      let begin = index
      while index < end {
        let samples = sixteen(start, index, end)
        // Two squares of at most 2^30 fit 32 bits; the sum of such pairs is kept in 64.
        let wide = SIMD16<Int32>(truncatingIfNeeded: samples)
        let each = wide &* wide
        let pairs = SIMD8<UInt32>(truncatingIfNeeded: each.evenHalf &+ each.oddHalf)
        squares &+= SIMD8<UInt64>(truncatingIfNeeded: pairs)
        lowest.replace(with: samples, where: samples .< lowest)
        highest.replace(with: samples, where: samples .> highest)
        index &+= 16
      }
      if highest.max() == .max || lowest.min() <= -.max { clipped += countClipped(start, begin, end) }
    }
    let peak = max(Int(highest.max()), -Int(lowest.min()))
    return Levels(
      samples: count, sumOfSquares: Double(squares.wrappedSum()) * 0x1p-30, peak: Double(peak) * 0x1p-15,
      clipped: clipped)
  }

  private static let blockSamples = 4096

  private static func countClipped(_ start: UnsafeRawPointer, _ begin: Int, _ end: Int) -> Int {
    // At most 256 a lane.
    var counts = SIMD16<Int16>()
    for index in stride(from: begin, to: end, by: 16) {
      let samples = sixteen(start, index, end)
      counts.replace(with: counts &+ 1, where: samples .== .max .| samples .<= -.max)
    }
    return Int(counts.wrappedSum())
  }

  /// Samples from `index` on; past `end` there are zeros, which change no figure.
  @inline(__always)
  private static func sixteen(_ start: UnsafeRawPointer, _ index: Int, _ end: Int) -> SIMD16<Int16> {
    if index &+ 16 <= end { return start.loadUnaligned(fromByteOffset: index &* 2, as: SIMD16<Int16>.self) }
    var samples = SIMD16<Int16>()
    withUnsafeMutableBytes(of: &samples) {
      $0.copyMemory(from: UnsafeRawBufferPointer(start: start + index * 2, count: (end - index) * 2))
    }
    return samples
  }
}
