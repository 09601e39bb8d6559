public import Audio

/// Splits a stream of bytes into chunks of one size; the last one may be shorter.
public struct Framer {
  /// Bytes of every chunk but the last.
  public let chunkBytes: Int
  private var held: [UInt8] = []

  public init(chunkBytes: Int) {
    precondition(chunkBytes > 0, "a chunk has at least one byte")
    self.chunkBytes = chunkBytes
    held.reserveCapacity(chunkBytes)
  }

  /// Chunks of `frames` frames of `format`.
  public init(format: AudioFormat, frames: Int) { self.init(chunkBytes: frames * format.frameBytes) }

  /// Bytes in the incomplete chunk.
  public var heldBytes: Int { held.count }

  /// Adds bytes and passes each chunk that is now full to `emit`, valid during the call.
  public mutating func append(_ bytes: UnsafeRawBufferPointer, emit: (UnsafeRawBufferPointer) -> Void) {
    var rest = bytes[...]
    if !held.isEmpty {
      let taken = rest.prefix(chunkBytes - held.count)
      held.append(contentsOf: taken)
      rest = rest.dropFirst(taken.count)
      guard held.count == chunkBytes else { return }
      held.withUnsafeBytes(emit)
      held.removeAll(keepingCapacity: true)
    }
    while rest.count >= chunkBytes {
      emit(UnsafeRawBufferPointer(rebasing: rest.prefix(chunkBytes)))
      rest = rest.dropFirst(chunkBytes)
    }
    held.append(contentsOf: rest)
  }

  /// Ends the stream: passes on what is left, if anything. The framer is then empty and can be reused.
  public mutating func finish(emit: (UnsafeRawBufferPointer) -> Void) {
    guard !held.isEmpty else { return }
    held.withUnsafeBytes(emit)
    held.removeAll(keepingCapacity: true)
  }
}
