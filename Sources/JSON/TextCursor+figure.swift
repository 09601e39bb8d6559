/// 10⁰ … 10¹⁹: all that fit 64 bits.
private let powersOfTen: InlineArray<20, UInt64> = [
  1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000, 1_000_000_000, 10_000_000_000,
  100_000_000_000, 1_000_000_000_000, 10_000_000_000_000, 100_000_000_000_000, 1_000_000_000_000_000,
  10_000_000_000_000_000, 100_000_000_000_000_000, 1_000_000_000_000_000_000, 10_000_000_000_000_000_000,
]

extension TextCursor {
  /// What the longest figure takes, and the room that each must have: sign, point, thirteen digits before it or three
  /// zeros behind it, and sixteen digits that are put before zeros at their end are taken back.
  public static let figureBytes = 32

  private static let figureDigits = 15

  /// Writes a number rounded to fifteen significant digits or sixteen, with one digit at least behind the point and no
  /// further zeros at its end; one so small or large that it wants an exponent, with all its digits.
  ///
  /// A fifth of the time that the shortest text takes which reads back the same: each reply has five of them.
  public mutating func put(figure: Double) {
    let magnitude = figure.magnitude
    guard magnitude >= 1e-4, magnitude < 1e12 else {
      precondition(figure.isFinite, "JSON has no number for NaN or infinity.")
      if magnitude == 0 { return put("0.0") }
      var text = figure.description
      return text.withUTF8 { put($0) }
    }
    // Decimals so that fifteen digits are left of the point, or sixteen: the exponent of ten is estimated from that of
    // two.
    let exponentOfTwo = Int(truncatingIfNeeded: magnitude.bitPattern &>> 52) &- 1023
    let decimals = Self.figureDigits &- 1 &- ((exponentOfTwo &* 1233) &>> 12)
    let one = powersOfTen[decimals]
    let scaled = UInt64(truncatingIfNeeded: Int(magnitude * Double(one) + 0.5))
    if figure < 0 { put(UInt8(ascii: "-")) }
    // Not divided again, which takes as long as the rest: rounding has reached the next whole number at most.
    var whole = Int(magnitude)
    var fraction = scaled &- UInt64(truncatingIfNeeded: whole) &* one
    if fraction == one { (whole, fraction) = (whole &+ 1, 0) }
    put(whole)
    put(UInt8(ascii: "."))
    put(fraction: fraction, digits: decimals)
  }

  /// Writes the same text. Whole milliseconds, as most are, take half of the instructions.
  public mutating func put(seconds: Double) {
    let milliseconds = (0..<Self.mostSeconds).contains(seconds) ? Int(seconds * 1000 + 0.5) : -1
    guard Double(milliseconds) / 1000 == seconds else { return put(figure: seconds) }
    let (whole, fraction) = milliseconds.quotientAndRemainder(dividingBy: 1000)
    let (tenths, rest) = fraction.quotientAndRemainder(dividingBy: 100)
    put(whole)
    put(UInt8(ascii: "."))
    put(tenths)
    guard rest > 0 else { return }
    put(rest / 10)
    if rest % 10 > 0 { put(rest % 10) }
  }

  /// Bound of the milliseconds that were all compared with their figures.
  private static let mostSeconds = 2_000_000.0

  private mutating func put(fraction: UInt64, digits: Int) {
    // There are sixteen that count. Eight zeros are stored, of which up to three stay: a loop would call `memset`.
    let zeros = max(0, digits &- 16)
    put(EightDigits(0), count: zeros)
    let sixteen = fraction &* powersOfTen[16 &- digits &+ zeros]
    let (high, low) = sixteen.quotientAndRemainder(dividingBy: Self.tenToTheEighth)
    let (first, second) = (EightDigits(high), EightDigits(low))
    guard low != 0 else { return put(first, count: max(1, 8 &- first.trailingZeros)) }
    put(first, count: 8)
    put(second, count: 8 &- second.trailingZeros)
  }
}
