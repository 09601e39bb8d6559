public import Recognition

/// A session in the directory and on the link: the SHA-256 of its name, its client's secret, and whose token opened it.
public struct SessionKey: Hashable, Sendable {
  public static let byteCount = 32
  private var words: (UInt64, UInt64, UInt64, UInt64)

  /// Nil unless these are 32 bytes.
  public init?(_ bytes: some Collection<UInt8>) {
    guard bytes.count == Self.byteCount else { return nil }
    words = (0, 0, 0, 0)
    withUnsafeMutableBytes(of: &words) { $0.copyBytes(from: bytes) }
  }

  /// From 32 bytes in a frame.
  init(at fields: UnsafeRawPointer) { words = fields.loadUnaligned(as: (UInt64, UInt64, UInt64, UInt64).self) }

  public var bytes: [UInt8] { withUnsafeBytes(of: words) { Array($0) } }

  public static func == (a: SessionKey, b: SessionKey) -> Bool { a.words == b.words }
  public func hash(into hasher: inout Hasher) { hasher.combine(words.0) }
}

/// A part of a session's state, or of its image: what one frame carries.
public struct StatePiece: Equatable, Sendable {
  /// It begins anew: what came before of it is void.
  public var isFirst: Bool
  public var isLast: Bool
  public var bytes: [UInt8]

  public init(isFirst: Bool, isLast: Bool, bytes: [UInt8]) {
    self.isFirst = isFirst
    self.isLast = isLast
    self.bytes = bytes
  }

  /// The most that one frame, or one message between servers, carries.
  static let largestBytes = 128 << 10

  private static func flags(isFirst: Bool, isLast: Bool) -> UInt8 { (isFirst ? 1 : 0) | (isLast ? 2 : 0) }
  public var flags: UInt8 { Self.flags(isFirst: isFirst, isLast: isLast) }

  public init(flags: UInt8, _ payload: UnsafeRawBufferPointer) {
    self.init(isFirst: flags & 1 != 0, isLast: flags & 2 != 0, bytes: Array(payload))
  }

  /// Calls `body` with the pieces of these bytes.
  /// - Parameter isFirst: of the first piece.
  public static func cut(
    _ bytes: UnsafeRawBufferPointer, isFirst: Bool, _ body: (_ flags: UInt8, UnsafeRawBufferPointer) -> Void
  ) {
    var offset = 0
    repeat {
      let end = min(offset + largestBytes, bytes.count)
      body(
        flags(isFirst: isFirst && offset == 0, isLast: end == bytes.count),
        UnsafeRawBufferPointer(rebasing: bytes[offset..<end]))
      offset = end
    } while offset < bytes.count
  }
}

/// A session's state as its gateway has it, or what has changed of it: opaque to the worker, which keeps it for another
/// gateway.
public struct SessionState: Equatable, Sendable {
  public var key: SessionKey
  public var stream: StreamID
  /// Rises with each change of gateway or worker.
  public var epoch: UInt64
  /// Chunks up to this one are in it.
  public var received: Int
  /// Chunks up to this one are answered in it.
  public var answered: Int
  /// Chunks before this one are not needed any more.
  public var firstKept: Int

  public init(key: SessionKey, stream: StreamID, epoch: UInt64, received: Int, answered: Int, firstKept: Int) {
    self.key = key
    self.stream = stream
    self.epoch = epoch
    self.received = received
    self.answered = answered
    self.firstKept = firstKept
  }
}
