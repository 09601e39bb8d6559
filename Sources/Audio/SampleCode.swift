/// How samples of one encoding are read from bytes, as numbers of full scale 1.0.
///
/// Conforming types are read in loops that the compiler specialises: eight samples a turn become vector instructions.
protocol SampleCode {
  /// The largest positive sample.
  var largest: Double { get }
  /// The `index`th sample after `start`, wherever that is aligned. Full scale is 1.0; NaN and infinities stay what they
  /// are.
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

/// 24 bits in the low three of four bytes, which devices and some WAV files have. The fourth does not matter.
struct PaddedS24Code: SampleCode {
  var largest: Double { 1 - 0x1p-23 }
  func number(_ start: UnsafeRawPointer, _ index: Int) -> Double {
    let bits = Int32(littleEndian: start.loadUnaligned(fromByteOffset: index &* 4, as: Int32.self))
    return Double((bits << 8) >> 8) * 0x1p-23
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
