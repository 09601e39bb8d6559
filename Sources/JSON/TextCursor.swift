/// Writes text into memory of which there is enough: whoever makes one has reckoned that.
public struct TextCursor {
  public private(set) var place: UnsafeMutablePointer<UInt8>

  public init(_ start: UnsafeMutablePointer<UInt8>) { place = start }

  public mutating func put(_ byte: UInt8) {
    place.initialize(to: byte)
    place += 1
  }

  public mutating func put(_ text: StaticString) {
    place.initialize(from: text.utf8Start, count: text.utf8CodeUnitCount)
    place += text.utf8CodeUnitCount
  }

  public mutating func put(_ bytes: UnsafeBufferPointer<UInt8>) {
    guard let start = bytes.baseAddress else { return }
    place.initialize(from: start, count: bytes.count)
    place += bytes.count
  }

  /// What the longest integer takes.
  public static let integerBytes = 20

  public mutating func put(_ value: Int) {
    if value < 0 { put(UInt8(ascii: "-")) }
    put(digitsOf: UInt64(value.magnitude), count: Self.digitCount(UInt64(value.magnitude)))
  }

  /// The last `count` digits, with leading zeros; two at a time, as each division waits for the one before it.
  mutating func put(digitsOf number: UInt64, count: Int) {
    var rest = number
    var index = count
    while index >= 2 {
      let (quotient, pair) = rest.quotientAndRemainder(dividingBy: 100)
      index &-= 2
      let (tens, ones) = UInt16(truncatingIfNeeded: pair).quotientAndRemainder(dividingBy: 10)
      UnsafeMutableRawPointer(place + index).storeBytes(of: (0x3030 | tens | ones << 8).littleEndian, as: UInt16.self)
      rest = quotient
    }
    if index == 1 { place.initialize(to: UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)) }
    place += count
  }

  /// How many digits it has: at least one.
  private static func digitCount(_ number: UInt64) -> Int {
    // log10(2) = 1233 / 4096, near enough for 64 bits: right, or one too few.
    let estimate = ((64 &- (number | 1).leadingZeroBitCount) &* 1233) &>> 12
    return estimate &+ (number >= powersOfTen[estimate] ? 1 : 0) | (number == 0 ? 1 : 0)
  }
}
