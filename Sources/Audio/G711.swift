/// ITU-T G.711 from 16-bit linear: a sign, a 3-bit exponent (the highest bit set) and the 4 bits below it.
enum G711 {
  /// Table 2a: biased by 33 of 14 bits (132 of 16) so that every magnitude has its highest bit within eight places;
  /// inverted.
  static func mulaw(_ linear: Int32) -> UInt8 {
    let magnitude = min(linear.magnitude, 32_635) + 132
    return ~(code(magnitude) | (linear < 0 ? 0x80 : 0))
  }

  /// Table 1a: the lowest two segments have the same step; even bits inverted, the sign bit set for positive.
  static func alaw(_ linear: Int32) -> UInt8 {
    let magnitude = UInt32(bitPattern: linear < 0 ? ~linear : linear)
    let code = magnitude < 256 ? UInt8(magnitude >> 4) : code(magnitude)
    return code ^ (linear < 0 ? 0x55 : 0xD5)
  }

  /// Exponent and mantissa of a magnitude from 2^7 to below 2^15.
  private static func code(_ magnitude: UInt32) -> UInt8 {
    let exponent = UInt32(24 - magnitude.leadingZeroBitCount)
    return UInt8(exponent << 4 | (magnitude >> (exponent + 3)) & 0xF)
  }
}

/// G.711 read as 16-bit linear, by a table of its 256 codes.
struct G711Code: SampleCode {
  let linear: [Int16]
  let largest: Double

  init(_ linear: [Int16]) {
    self.linear = linear
    largest = Double(linear.max() ?? 0) * 0x1p-15
  }

  func number(_ start: UnsafeRawPointer, _ index: Int) -> Double {
    Double(linear[Int(start.load(fromByteOffset: index, as: UInt8.self))]) * 0x1p-15
  }

  /// μ-law, G.711 clause 3.2: the code travels inverted; the magnitude is (2m + 33)·2^e − 33 of 14 bits, here shifted
  /// to 16.
  static let mulaw = G711Code(
    (0...255).map { code in
      let bits = ~code
      let magnitude = (((bits & 15) << 3) + 132) << (bits >> 4 & 7) - 132
      return Int16(bits & 128 == 0 ? magnitude : -magnitude)
    })

  /// A-law, G.711 clause 3.1: even bits travel inverted, a set sign bit means positive; the magnitude is 2m + 1 in the
  /// lowest segment and (2m + 33)·2^(e − 1) in the others, of 13 bits, here shifted to 16.
  static let alaw = G711Code(
    (0...255).map { code in
      let bits = code ^ 0x55
      let exponent = bits >> 4 & 7
      let mantissa = (bits & 15) << 4
      let magnitude = exponent == 0 ? mantissa + 8 : (mantissa + 264) << (exponent - 1)
      return Int16(bits & 128 == 0 ? -magnitude : magnitude)
    })
}
