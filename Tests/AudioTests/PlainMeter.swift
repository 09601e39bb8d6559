import Audio

/// The contract's figures again, written as the contract says them: one sample at a time, in float64.
enum PlainMeter {
  static func measure(_ bytes: [UInt8], _ encoding: SampleEncoding) -> Levels {
    var levels = Levels()
    for offset in stride(from: 0, to: bytes.count, by: encoding.sampleBytes) {
      let sample = Array(bytes[offset..<offset + encoding.sampleBytes])
      let value = number(sample, encoding)
      levels.samples += 1
      levels.sumOfSquares += value.isFinite ? value * value : 0
      levels.peak = max(levels.peak, value.isFinite ? abs(value) : 0)
      levels.clipped += isClipped(value, encoding) ? 1 : 0
    }
    return levels
  }

  static func number(_ sample: [UInt8], _ encoding: SampleEncoding) -> Double {
    switch encoding {
    case .u8: (Double(sample[0]) - 128) / 128
    case .s16le: signed(sample) / 32768
    case .s24le: signed(sample) / 8_388_608
    case .s24in32le: signed(Array(sample.prefix(3))) / 8_388_608
    case .s32le: signed(sample) / 2_147_483_648
    case .f32le: Double(Float(bitPattern: sample.reversed().reduce(0) { $0 << 8 | UInt32($1) }))
    case .mulaw: mulaw(sample[0]) / 32768
    case .alaw: alaw(sample[0]) / 32768
    }
  }

  /// Little-endian two's complement.
  private static func signed(_ bytes: [UInt8]) -> Double {
    var value = 0.0
    var weight = 1.0
    for byte in bytes {
      value += Double(byte) * weight
      weight *= 256
    }
    return value >= weight / 2 ? value - weight : value
  }

  /// The value of the interval, from the ends of the eight segments: they double in length.
  private static func mulaw(_ code: UInt8) -> Double {
    let segment = 7 - Int(code % 128 / 16)
    let step = Double(15 - code % 16)
    var low = 0.0
    var width = 8.0
    for _ in 0..<segment {
      low += width * 16
      width *= 2
    }
    // Segments begin at 4·(2^(e+5) − 33) and a step is 8·2^e wide; in the first the first step is half as wide.
    let magnitude = low + step * width + (width - 8) / 2
    return code < 128 ? -magnitude : magnitude
  }

  private static func alaw(_ code: UInt8) -> Double {
    let bits = code ^ 0b0101_0101
    let segment = Int(bits % 128 / 16)
    var low = 0.0
    var width = 16.0
    for index in 0..<segment {
      low += width * 16
      if index > 0 { width *= 2 }
    }
    let magnitude = low + (Double(bits % 16) + 0.5) * width
    return bits < 128 ? -magnitude : magnitude
  }

  private static func isClipped(_ value: Double, _ encoding: SampleEncoding) -> Bool {
    switch encoding {
    case .u8: abs(value) >= 127.0 / 128
    case .s16le: abs(value) >= 32767.0 / 32768
    case .s24le, .s24in32le: abs(value) >= 8_388_607.0 / 8_388_608
    case .s32le: abs(value) >= 2_147_483_647.0 / 2_147_483_648
    case .f32le: !(abs(value) < 1)
    case .mulaw: abs(value) >= 32124.0 / 32768
    case .alaw: abs(value) >= 32256.0 / 32768
    }
  }
}
