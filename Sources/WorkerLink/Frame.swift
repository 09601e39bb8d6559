/// One frame as bytes: judged as far as its prefix goes, its fields not yet read.
struct Frame {
  let kind: FrameKind
  /// The three bytes of the prefix that are the kind's own.
  let small: (UInt8, UInt8, UInt8)
  private let start: UnsafeRawPointer
  private let bodyBytes: Int

  /// Judges the prefix at the beginning of `bytes`, of which there are at least `FrameKind.prefixBytes`.
  init(prefixOf bytes: UnsafeRawBufferPointer) throws(WorkerLinkError) {
    guard let start = bytes.baseAddress, bytes.count >= FrameKind.prefixBytes else {
      preconditionFailure("a frame's prefix was read before it was there")
    }
    let prefix = UInt64(littleEndian: start.loadUnaligned(as: UInt64.self))
    let code = UInt8(truncatingIfNeeded: prefix >> 32)
    guard let kind = FrameKind(rawValue: code) else { throw .malformed("a frame of unknown kind \(code)") }
    bodyBytes = Int(prefix & 0xFFFF_FFFF)
    guard bodyBytes <= FrameReader.bodyBytes else { throw .oversized(bytes: bodyBytes) }
    guard bodyBytes == kind.fieldBytes || bodyBytes > kind.fieldBytes && kind.hasPayload else {
      throw .malformed("a \(kind) frame of \(bodyBytes) bytes")
    }
    self.kind = kind
    self.start = start
    small = (
      UInt8(truncatingIfNeeded: prefix >> 40), UInt8(truncatingIfNeeded: prefix >> 48),
      UInt8(truncatingIfNeeded: prefix >> 56)
    )
  }

  /// What the frame takes on the link.
  var paddedBytes: Int { Self.padded(FrameKind.prefixBytes + bodyBytes) }

  static func padded(_ count: Int) -> Int { (count + 7) & ~7 }

  var payload: UnsafeRawBufferPointer {
    let fields = FrameKind.prefixBytes + kind.fieldBytes
    return UnsafeRawBufferPointer(start: start + fields, count: bodyBytes - kind.fieldBytes)
  }

  func u64(at offset: Int) -> UInt64 {
    UInt64(littleEndian: start.loadUnaligned(fromByteOffset: FrameKind.prefixBytes + offset, as: UInt64.self))
  }

  /// A number that is counted with, and so fits an `Int`.
  func count(at offset: Int) throws(WorkerLinkError) -> Int {
    guard let count = Int(exactly: u64(at: offset)) else { throw .malformed("a count beyond 2^63") }
    return count
  }

  func u32(at offset: Int) -> UInt32 {
    UInt32(littleEndian: start.loadUnaligned(fromByteOffset: FrameKind.prefixBytes + offset, as: UInt32.self))
  }
}
