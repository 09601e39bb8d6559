internal import Recognition

/// One frame as bytes. Its prefix has been checked; its fields have not.
public struct Frame {
  let kind: FrameKind
  /// The three bytes of the prefix that belong to the kind.
  let small: (UInt8, UInt8, UInt8)
  private let start: UnsafeRawPointer
  private let bodyBytes: Int

  /// Checks the prefix at the beginning of `bytes`, at least `FrameKind.prefixBytes` long.
  // Inlined: a call would copy the frame.
  @inline(__always)
  init(prefixOf bytes: UnsafeRawBufferPointer) throws(WorkerLinkError) {
    guard let start = bytes.baseAddress, bytes.count >= FrameKind.prefixBytes else {
      preconditionFailure("A frame was read before its prefix was there.")
    }
    let prefix = UInt64(littleEndian: start.loadUnaligned(as: UInt64.self))
    let code = UInt8(truncatingIfNeeded: prefix >> 32)
    guard let kind = FrameKind(rawValue: code) else { throw .malformed("a frame of unknown kind \(code)") }
    bodyBytes = Int(prefix & 0xFFFF_FFFF)
    guard bodyBytes <= FrameReader.bodyBytes else { throw .oversized(bytes: bodyBytes) }
    guard bodyBytes == kind.fieldBytes || bodyBytes > kind.fieldBytes && kind.hasPayload else {
      throw .malformed("a frame `\(kind)` of \(bodyBytes) bytes")
    }
    self.kind = kind
    self.start = start
    small = (
      UInt8(truncatingIfNeeded: prefix >> 40), UInt8(truncatingIfNeeded: prefix >> 48),
      UInt8(truncatingIfNeeded: prefix >> 56)
    )
  }

  /// Whether it says that memory lent is free again.
  public var returnsMemory: Bool { kind == .returned }

  /// The frame's size on the link.
  var paddedBytes: Int { Self.padded(FrameKind.prefixBytes + bodyBytes) }

  static func padded(_ count: Int) -> Int { (count + 7) & ~7 }

  var payload: UnsafeRawBufferPointer {
    let fields = FrameKind.prefixBytes + kind.fieldBytes
    return UnsafeRawBufferPointer(start: start + fields, count: bodyBytes - kind.fieldBytes)
  }

  func u64(at offset: Int) -> UInt64 {
    UInt64(littleEndian: start.loadUnaligned(fromByteOffset: FrameKind.prefixBytes + offset, as: UInt64.self))
  }

  func u32(at offset: Int) -> UInt32 {
    UInt32(littleEndian: start.loadUnaligned(fromByteOffset: FrameKind.prefixBytes + offset, as: UInt32.self))
  }

  /// A number used in arithmetic, which must fit an `Int`.
  func count(at offset: Int) throws(WorkerLinkError) -> Int {
    guard let count = Int(exactly: u64(at: offset)) else { throw .malformed("a count beyond 2^63") }
    return count
  }

  func stream(at offset: Int) -> StreamID { StreamID(gateway: u64(at: offset), number: u64(at: offset + 8)) }

  func key(at offset: Int) -> SessionKey { SessionKey(at: start + FrameKind.prefixBytes + offset) }

  /// The payload as text; malformed UTF-8 is repaired.
  var text: String { String(decoding: payload, as: UTF8.self) }
}
