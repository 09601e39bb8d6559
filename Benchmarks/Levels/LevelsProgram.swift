internal import Audio
internal import Glibc

/// How fast levels are measured on one core: each encoding beside a plain loop in float64 and beside copying the bytes.
///
/// `swift run -c release LevelsBenchmark [BYTES]`; a chunk has 3200 bytes by default.
@main struct LevelsProgram {
  static func main() {
    let bytes = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 3200
    let chunk = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes / 12 * 12, alignment: 64)
    let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: chunk.count, alignment: 64)
    // Noise at half of full scale: nothing is clipped.
    var generator = SystemRandomNumberGenerator()
    for index in stride(from: 0, to: chunk.count, by: 2) {
      let sample = Int16.random(in: -16_384...16_383, using: &generator)
      chunk.storeBytes(of: sample, toByteOffset: index, as: Int16.self)
    }
    report("memcpy", chunk.count) { copy.copyMemory(from: UnsafeRawBufferPointer(chunk)) }
    report("s16le, plain float64 loop", chunk.count) { keep(plain(UnsafeRawBufferPointer(chunk))) }
    for encoding in SampleEncoding.allCases {
      report(encoding.rawValue, chunk.count) { keep(Levels.measure(UnsafeRawBufferPointer(chunk), encoding: encoding)) }
    }
  }

  private static func report(_ name: String, _ bytes: Int, _ work: () -> Void) {
    let rounds = max(1, 500_000_000 / bytes)
    let best = (0..<5).map { _ in
      let begin = ContinuousClock.now
      for _ in 0..<rounds { work() }
      return ContinuousClock.now - begin
    }.min()
    guard let best else { return }
    let seconds = Double(best.components.attoseconds) * 1e-18 + Double(best.components.seconds)
    let nanoseconds = Int(seconds / Double(rounds) * 1e9)
    let speed = Int(Double(bytes * rounds) / seconds / 1e7)
    print("\(name): \(nanoseconds) ns for \(bytes) bytes, \(speed / 100).\(speed % 100 / 10)\(speed % 10) GB/s")
  }

  @inline(never) private static func plain(_ bytes: UnsafeRawBufferPointer) -> Levels {
    var levels = Levels()
    for sample in bytes.bindMemory(to: Int16.self) {
      let number = Double(sample) / 32768
      levels.samples += 1
      levels.sumOfSquares += number * number
      levels.peak = max(levels.peak, abs(number))
      if abs(Int(sample)) >= 32767 { levels.clipped += 1 }
    }
    return levels
  }

  /// Opaque to the compiler, so that the work is not optimized away.
  @inline(never) private static func keep(_ levels: Levels) {}
}
