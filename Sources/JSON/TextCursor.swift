/// Writes text into memory of which there is enough: whoever makes one has reckoned that.
///
/// What copies is inlinable: text that is known at compile time is then stored by an instruction or two.
@frozen public struct TextCursor {
  @usableFromInline var position: UnsafeMutablePointer<UInt8>

  @inlinable public init(_ start: UnsafeMutablePointer<UInt8>) { position = start }

  /// Where the next byte goes.
  @inlinable public var place: UnsafeMutablePointer<UInt8> { position }

  @inlinable public mutating func put(_ byte: UInt8) {
    position.initialize(to: byte)
    position += 1
  }

  @inlinable public mutating func put(_ text: StaticString) {
    position.initialize(from: text.utf8Start, count: text.utf8CodeUnitCount)
    position += text.utf8CodeUnitCount
  }

  @inlinable public mutating func put(_ bytes: UnsafeBufferPointer<UInt8>) {
    guard let start = bytes.baseAddress else { return }
    position.initialize(from: start, count: bytes.count)
    position += bytes.count
  }

  /// What the longest integer takes, and the room that each must have.
  public static let integerBytes = 20

  @inlinable public mutating func put(_ value: Int) {
    // Every second number in a reply, and most of the others' whole parts.
    if (0..<10).contains(value) { return put(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value)) }
    if (10..<100).contains(value) {
      put(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value / 10))
      return put(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value % 10))
    }
    putLong(value)
  }

  @usableFromInline mutating func putLong(_ value: Int) {
    if value < 0 { put(UInt8(ascii: "-")) }
    put(digitsOf: UInt64(value.magnitude))
  }

  private mutating func put(digitsOf number: UInt64) {
    guard number < Self.tenToTheEighth else {
      let (high, low) = number.quotientAndRemainder(dividingBy: Self.tenToTheEighth)
      put(digitsOf: high)
      return put(EightDigits(low), count: 8)
    }
    let digits = EightDigits(number)
    put(digits.withoutLeadingZeros, count: 8 &- digits.leadingZeros)
  }

  /// The first `count` of eight digits. All eight are stored.
  mutating func put(_ digits: EightDigits, count: Int) {
    put(digits.text.littleEndian)
    position += count - 8
  }

  /// Eight bytes, as they lie in memory.
  mutating func put(_ eight: UInt64) {
    UnsafeMutableRawPointer(position).storeBytes(of: eight, as: UInt64.self)
    position += 8
  }

  static let tenToTheEighth: UInt64 = 100_000_000
}

/// The eight decimal digits of a number, a byte each, the first one lowest: all at once, where a division for each pair
/// of digits would wait for the one before it.
struct EightDigits {
  private var digits: UInt64

  /// - Parameter number: below 10⁸.
  init(_ number: UInt64) {
    // Lanes of 32 bits with four digits each, then of 16 with two, then of 8. Multiplying by 10486 / 2²⁰ divides by a
    // hundred, by 103 / 2¹⁰ by ten.
    let fours = number / 10_000 | (number % 10_000) &<< 32
    let hundreds = (fours &* 10_486) &>> 20 & 0x0000_007F_0000_007F
    let pairs = hundreds | (fours &- hundreds &* 100) &<< 16
    let tens = (pairs &* 103) &>> 10 & 0x000F_000F_000F_000F
    digits = tens | (pairs &- tens &* 10) &<< 8
  }

  private init(digits: UInt64) { self.digits = digits }

  var text: UInt64 { digits | 0x3030_3030_3030_3030 }
  /// Up to seven, as the last zero of nought is its only digit.
  var leadingZeros: Int { min(7, digits.trailingZeroBitCount &>> 3) }
  var trailingZeros: Int { digits.leadingZeroBitCount &>> 3 }
  var withoutLeadingZeros: EightDigits { EightDigits(digits: digits &>> UInt64(8 &* leadingZeros)) }
}
