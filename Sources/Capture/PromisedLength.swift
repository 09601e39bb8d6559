/// Frames that the header of an uncompressed file states. libsndfile does not report it: it silently reads what is
/// there.
enum PromisedLength {
  /// Lengths written by programs that stream to a pipe: zero, or about 2^31 (sox, arecord), or 2^32 − 1.
  static func isUnknown(_ size: Int) -> Bool { size == 0 || size >= 0x7FFF_F000 }

  /// Limit of chunks read; recorders write a dozen.
  private static let chunks = 1000

  /// Frames stated by a RIFF, RF64 or AIFF header; nil for another container or an unknown length.
  /// `bytes(position, count)` reads the file.
  static func frames(_ bytes: (Int, Int) -> [UInt8]) -> Int? {
    let head = bytes(0, 12)
    guard head.count == 12 else { return nil }
    switch (tag(head, 0), tag(head, 8)) {
    case ("RIFF", "WAVE"), ("RF64", "WAVE"): return wave(bytes, bigEndian: false)
    case ("RIFX", "WAVE"): return wave(bytes, bigEndian: true)
    case ("FORM", "AIFF"), ("FORM", "AIFC"): return aiff(bytes)
    default: return nil
    }
  }

  private static func wave(_ bytes: (Int, Int) -> [UInt8], bigEndian: Bool) -> Int? {
    var frameBytes: Int?
    var wideSize: Int?
    var found: Int?
    walk(bytes, bigEndian: bigEndian) { name, size, position in
      switch name {
      case "ds64":
        // RF64: the sizes of RIFF and data have 64 bits each.
        let sizes = bytes(position + 8, 8)
        guard sizes.count == 8 else { break }
        let size = number(sizes, 0, 4, false) | number(sizes, 4, 4, false) << 32
        wideSize = size < 0 ? nil : size
      case "fmt ":
        let format = bytes(position, 16)
        // PCM, float, A-law, µ-law and their extensible forms. A block of any other format is not a frame.
        if format.count == 16, [1, 3, 6, 7, 0xFFFE].contains(number(format, 0, 2, bigEndian)) {
          frameBytes = number(format, 12, 2, bigEndian)
        }
      case "data":
        found = size == 0xFFFF_FFFF ? wideSize : isUnknown(size) ? nil : size
        return false
      default: break
      }
      return true
    }
    guard let found, let frameBytes, frameBytes > 0 else { return nil }
    return found / frameBytes
  }

  private static func aiff(_ bytes: (Int, Int) -> [UInt8]) -> Int? {
    var found: Int?
    walk(bytes, bigEndian: true) { name, _, position in
      guard name == "COMM" else { return true }
      let common = bytes(position, 6)
      if common.count == 6 { found = number(common, 2, 4, true) }
      return false
    }
    return found.flatMap { isUnknown($0) ? nil : $0 }
  }

  /// Visits chunk after chunk (name, size, position of its contents) while `visit` returns true.
  private static func walk(
    _ bytes: (Int, Int) -> [UInt8], bigEndian: Bool, _ visit: (String, Int, Int) -> Bool
  ) {
    var position = 12
    for _ in 0..<chunks {
      let head = bytes(position, 8)
      guard head.count == 8 else { return }
      let size = number(head, 4, 4, bigEndian)
      guard visit(tag(head, 0), size, position + 8) else { return }
      // Chunks begin at even positions.
      position += 8 + size + size % 2
    }
  }

  private static func tag(_ bytes: [UInt8], _ start: Int) -> String {
    String(decoding: bytes[start..<(start + 4)], as: UTF8.self)
  }

  private static func number(_ bytes: [UInt8], _ start: Int, _ count: Int, _ bigEndian: Bool) -> Int {
    let digits = bytes[start..<(start + count)]
    return bigEndian
      ? digits.reduce(0) { $0 << 8 | Int($1) } : digits.reversed().reduce(0) { $0 << 8 | Int($1) }
  }
}
