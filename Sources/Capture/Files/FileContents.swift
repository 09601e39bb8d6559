/// The bytes of a file for those who look into it: any of them, wherever they are.
struct FileContents {
  private let read: (Int, Int) -> [UInt8]
  /// Where the file ends; nil for a pipe, which has not ended yet.
  let end: Int?

  /// - Parameter read: the bytes at a position, fewer than that count at the end.
  init(end: Int?, read: @escaping (Int, Int) -> [UInt8]) {
    self.end = end
    self.read = read
  }

  subscript(position: Int, count: Int) -> [UInt8] { position < 0 || count <= 0 ? [] : read(position, count) }

  /// A number without sign; nil if the file ends before.
  func number(at position: Int, bytes count: Int, bigEndian: Bool) -> Int? {
    let bytes = self[position, count]
    guard bytes.count == count else { return nil }
    return Int(clamping: bigEndian ? Self.join(bytes) : Self.join(bytes.reversed()))
  }

  private static func join(_ bytes: some Sequence<UInt8>) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }

  func name(at position: Int) -> String { String(decoding: self[position, 4], as: UTF8.self) }

  /// The bytes from `start` to `end` with other bytes in some places.
  func bytes(_ range: Range<Int>, replacing places: [(Int, [UInt8])]) -> [UInt8] {
    var bytes = self[range.lowerBound, range.count]
    for (position, replacement) in places {
      let first = position - range.lowerBound
      guard first >= 0, first + replacement.count <= bytes.count else { continue }
      bytes.replaceSubrange(first..<(first + replacement.count), with: replacement)
    }
    return bytes
  }
}

extension FixedWidthInteger {
  /// The bytes, the least significant one first.
  var littleEndianBytes: [UInt8] { withUnsafeBytes(of: littleEndian) { Array($0) } }
  var bigEndianBytes: [UInt8] { withUnsafeBytes(of: bigEndian) { Array($0) } }
}
