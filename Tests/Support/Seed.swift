internal import Glibc

/// Where a test's random numbers begin.
///
/// A test takes it as an argument, so that a failure names it: `@Test(arguments: Seed.fresh)`. It differs from run to
/// run; `TEST_SEED=123 swift test --filter …` repeats a run.
public struct Seed: Sendable, CustomStringConvertible {
  public let number: UInt64

  public init(_ number: UInt64) { self.number = number }

  /// The seed of this run, as the only argument.
  public static let fresh = [
    Seed(getenv("TEST_SEED").flatMap { UInt64(String(cString: $0)) } ?? .random(in: 0 ... .max))
  ]

  public var description: String { "TEST_SEED=\(number)" }
  public var random: SeededRandom { SeededRandom(seed: number) }
}

/// SplitMix64: the same numbers from the same seed, on every machine.
public struct SeededRandom: RandomNumberGenerator, Sendable {
  private var state: UInt64

  public init(seed: UInt64) { state = seed }

  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = (state ^ state >> 30) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
    return mixed ^ mixed >> 31
  }
}
