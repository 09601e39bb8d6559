internal import Audio
internal import Glibc
internal import Recognition

/// A frame being written, into memory that is reserved for all of it.
struct OpenFrame {
  private let start: UnsafeMutableRawPointer
  private var cursor: UnsafeMutableRawPointer

  init(start: UnsafeMutableRawPointer) {
    self.start = start
    cursor = start
  }

  mutating func put(_ number: some FixedWidthInteger & BitwiseCopyable) {
    cursor.storeBytes(of: number.littleEndian, as: type(of: number))
    cursor += MemoryLayout.size(ofValue: number)
  }

  mutating func put(_ bytes: UnsafeRawBufferPointer) {
    guard let source = bytes.baseAddress else { return }
    memcpy(cursor, source, bytes.count)
    cursor += bytes.count
  }

  mutating func put(_ stream: StreamID) {
    put(stream.gateway)
    put(stream.number)
  }

  mutating func put(_ levels: Levels) {
    put(UInt64(levels.samples))
    put(levels.sumOfSquares.bitPattern)
    put(levels.peak.bitPattern)
    put(UInt64(levels.clipped))
  }

  mutating func put(_ progress: RecognitionProgress) {
    put(progress.checkpoint?.frame ?? 0)
    put(UInt32(clamping: progress.checkpoint?.segments ?? 0))
    put(UInt32(clamping: progress.skippedPartials))
  }

  /// Text as UTF-8, cut before a character that does not fit; returns its size.
  mutating func put(_ text: String, atMost limit: Int) -> Int {
    var text = text
    return text.withUTF8 { utf8 in
      var count = min(utf8.count, limit)
      // A byte 10xxxxxx continues a character.
      while count < utf8.count, count > 0, utf8[count] & 0xC0 == 0x80 { count -= 1 }
      put(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(utf8)[..<count]))
      return count
    }
  }

  /// Leaves `count` bytes to be stored later.
  mutating func reserve(_ count: Int) -> UnsafeMutableRawPointer {
    defer { cursor += count }
    return cursor
  }

  /// Stores the prefix, fills up with zeros and returns the frame's size on the link.
  func close(_ kind: FrameKind, _ small: (UInt8, UInt8, UInt8)) -> Int {
    let used = cursor - start
    let low = UInt64(used - FrameKind.prefixBytes) | UInt64(kind.rawValue) << 32
    let prefix = low | UInt64(small.0) << 40 | UInt64(small.1) << 48 | UInt64(small.2) << 56
    start.storeBytes(of: prefix.littleEndian, as: UInt64.self)
    let padded = Frame.padded(used)
    memset(cursor, 0, padded - used)
    return padded
  }
}
