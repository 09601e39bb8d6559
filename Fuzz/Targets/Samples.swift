@testable import Audio

/// Samples of every encoding: measured in vectors as one by one, the same in two parts as in one, and floats a
/// recogniser can take.
func fuzzSamples(_ bytes: UnsafeRawBufferPointer) {
  var input = FuzzInput(bytes)
  let encoding = input.choose(SampleEncoding.allCases)
  let cut = input.byte()
  let count = input.rest.count / encoding.sampleBytes
  // Anywhere, so also where nothing is aligned.
  UnsafeRawBufferPointer(rebasing: input.rest.prefix(count * encoding.sampleBytes)).inOwnMemory { samples in
    let levels = Levels.measure(samples, encoding: encoding)
    requireSame(levels, PlainMeter.measure(Array(samples), encoding))
    let middle = min(cut, count) * encoding.sampleBytes
    var parts = Levels.measure(UnsafeRawBufferPointer(rebasing: samples[..<middle]), encoding: encoding)
    parts.add(Levels.measure(UnsafeRawBufferPointer(rebasing: samples[middle...]), encoding: encoding))
    requireSame(levels, parts)
    require(levels.rms.isFinite && levels.dbfs?.isFinite != false, "JSON has no number for \(levels).")
    require(encoding == .f32le || levels.peak <= 1, "More than full scale: \(levels)")

    var floats: [Float] = []
    SampleDecoder.append(samples, encoding: encoding, to: &floats)
    require(floats.count == count && floats.allSatisfy(\.isFinite), "A recogniser would be given what is no sample.")
  }
}

private func requireSame(_ one: Levels, _ other: Levels) {
  require(
    one.samples == other.samples && one.peak == other.peak && one.clipped == other.clipped
      && abs(one.sumOfSquares - other.sumOfSquares) <= 1e-9 * one.sumOfSquares,
    "Measured in two ways: \(one), \(other)")
}
