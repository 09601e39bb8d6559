/// Writes what a JSON object is made of into memory of which there is enough.
struct JSONCursor {
  private(set) var place: UnsafeMutablePointer<UInt8>

  init(_ start: UnsafeMutablePointer<UInt8>) { place = start }

  mutating func put(_ byte: UInt8) {
    place.initialize(to: byte)
    place += 1
  }

  mutating func put(_ text: StaticString) {
    place.initialize(from: text.utf8Start, count: text.utf8CodeUnitCount)
    place += text.utf8CodeUnitCount
  }

  mutating func put(_ bytes: UnsafeBufferPointer<UInt8>) {
    guard let start = bytes.baseAddress else { return }
    place.initialize(from: start, count: bytes.count)
    place += bytes.count
  }

  /// What the longest integer takes.
  static let integerBytes = 20

  mutating func put(_ value: Int) {
    if value < 0 { put(UInt8(ascii: "-")) }
    var digits = 1
    var above: UInt = 10
    while digits < 19, value.magnitude >= above {
      digits += 1
      above &*= 10
    }
    var rest = value.magnitude
    for index in stride(from: digits - 1, through: 0, by: -1) {
      let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
      (place + index).initialize(to: UInt8(ascii: "0") + UInt8(truncatingIfNeeded: digit))
      rest = quotient
    }
    place += digits
  }
}
