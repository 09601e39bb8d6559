/// How samples of one encoding are read from bytes, as numbers of full scale 1.0.
///
/// Conforming types are read in loops that the compiler specialises: eight samples a turn become vector instructions.
protocol SampleCode {
  /// The largest positive sample.
  var largest: Double { get }
  /// The `index`th sample after `start`, wherever that is aligned. Full scale is 1.0; NaN and infinities stay what they are.
  func number(_ start: UnsafeRawPointer, _ index: Int) -> Double
}

struct U8Code: SampleCode {
  var largest: Double { 127 * 0x1p-7 }
  func number(_ start: UnsafeRawPointer, _ index: Int) -> Double {
    Double(Int32(start.load(fromByteOffset: index, as: UInt8.self)) &- 128) * 0x1p-7
  }
}

struct S16Code: SampleCode {
  var largest: Double { 1 - 0x1p-15 }
  func number(_ start: UnsafeRawPointer, _ index: Int) -> Double {
    Double(Int16(littleEndian: start.loadUnaligned(fromByteOffset: index &* 2, as: Int16.self))) * 0x1p-15
  }
}

struct S24Code: SampleCode {
  var largest: Double { 1 - 0x1p-23 }
  func number(_ start: UnsafeRawPointer, _ index: Int) -> Double {
    let low = UInt16(littleEndian: start.loadUnaligned(fromByteOffset: index &* 3, as: UInt16.self))
    let high = start.load(fromByteOffset: index &* 3 &+ 2, as: Int8.self)
    return Double(Int32(high) << 16 | Int32(low)) * 0x1p-23
  }
}

struct S32Code: SampleCode {
  var largest: Double { 1 - 0x1p-31 }
  func number(_ start: UnsafeRawPointer, _ index: Int) -> Double {
    Double(Int32(littleEndian: start.loadUnaligned(fromByteOffset: index &* 4, as: Int32.self))) * 0x1p-31
  }
}

struct F32Code: SampleCode {
  var largest: Double { 1 }
  func number(_ start: UnsafeRawPointer, _ index: Int) -> Double {
    let bits = UInt32(littleEndian: start.loadUnaligned(fromByteOffset: index &* 4, as: UInt32.self))
    return Double(Float(bitPattern: bits))
  }
}

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

  /// μ-law, G.711 clause 3.2: the code travels inverted; the magnitude is (2m + 33)·2^e − 33 of 14 bits, here shifted to 16.
  static let mulaw = G711Code(
    (0...255).map { code in
      let bits = ~code
      let magnitude = (((bits & 15) << 3) + 132) << (bits >> 4 & 7) - 132
      return Int16(bits & 128 == 0 ? magnitude : -magnitude)
    })

  /// A-law, G.711 clause 3.1: even bits travel inverted, a set sign bit means positive; the magnitude is 2m + 1 in the lowest
  /// segment and (2m + 33)·2^(e − 1) in the others, of 13 bits, here shifted to 16.
  static let alaw = G711Code(
    (0...255).map { code in
      let bits = code ^ 0x55
      let exponent = bits >> 4 & 7
      let mantissa = (bits & 15) << 4
      let magnitude = exponent == 0 ? mantissa + 8 : (mantissa + 264) << (exponent - 1)
      return Int16(bits & 128 == 0 ? -magnitude : magnitude)
    })
}
