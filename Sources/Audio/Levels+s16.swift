extension Levels {
  /// The format nearly every stream has, in integers: exact, and many times as fast as in floats (see
  /// Benchmarks/Levels).
  static func measureS16(_ start: UnsafeRawPointer, _ count: Int) -> Levels {
    var sums = Sums()
    var clipped = 0
    // A block stays in the first-level cache, so that looking through it again for what is clipped, if anything, costs
    // little.
    for begin in stride(from: 0, to: count, by: blockSamples) {
      let end = min(begin + blockSamples, count)
      let wholeEnd = begin + (end - begin) / 8 * 8
      var index = begin
      while index < wholeEnd {
        sums.add(start.loadUnaligned(fromByteOffset: index &* 2, as: SIMD8<Int16>.self))
        index &+= 8
      }
      if wholeEnd < end { sums.add(padded(start, wholeEnd, end)) }
      if sums.reachesAnEnd { clipped += countClipped(start, begin, end) }
    }
    return Levels(
      samples: count, sumOfSquares: Double(sums.squares.wrappedSum()) * 0x1p-30, peak: Double(sums.peak) * 0x1p-15,
      clipped: clipped)
  }

  private static let blockSamples = 4096

  /// Vectors of 128 bits: with wider ones the compiler doesn't see the one instruction that multiplies and adds pairs,
  /// and is three times as slow.
  private struct Sums {
    var squares = SIMD4<UInt64>()
    var lowest = SIMD8<Int16>()
    var highest = SIMD8<Int16>()

    @inline(__always) mutating func add(_ samples: SIMD8<Int16>) {
      let wide = SIMD8<Int32>(truncatingIfNeeded: samples)
      let each = wide &* wide
      // Two squares of at most 2^30 fit 32 bits without a sign; sums of them are kept in 64.
      let pairs = SIMD4<UInt32>(truncatingIfNeeded: each.evenHalf &+ each.oddHalf)
      squares &+= SIMD4<UInt64>(truncatingIfNeeded: pairs)
      lowest.replace(with: samples, where: samples .< lowest)
      highest.replace(with: samples, where: samples .> highest)
    }

    var reachesAnEnd: Bool { highest.max() == .max || lowest.min() <= -.max }
    var peak: Int { max(Int(highest.max()), -Int(lowest.min())) }
  }

  private static func countClipped(_ start: UnsafeRawPointer, _ begin: Int, _ end: Int) -> Int {
    var count = 0
    for index in begin..<end {
      let sample = start.loadUnaligned(fromByteOffset: index &* 2, as: Int16.self)
      count &+= sample == .max || sample <= -.max ? 1 : 0
    }
    return count
  }

  /// The samples from `index` to `end`, fewer than eight, and zeros, which change no figure.
  private static func padded(_ start: UnsafeRawPointer, _ index: Int, _ end: Int) -> SIMD8<Int16> {
    var samples = SIMD8<Int16>()
    for lane in 0..<end - index {
      samples[lane] = start.loadUnaligned(fromByteOffset: (index + lane) * 2, as: Int16.self)
    }
    return samples
  }
}
