internal import Audio
import Glibc

/// Pieces of bytes in order of arrival, each contiguous and with a label, removed from the oldest on.
///
/// A live stream has memory for one chunk while it holds one. The ring grows for what doesn't fit, and moves nothing
/// while there is room before the oldest piece. It keeps its size for the next burst until `trim`, or gives it back at
/// once where it is large.
struct PieceRing<Label: BitwiseCopyable>: ~Copyable {
  struct Piece: BitwiseCopyable {
    let label: Label
    fileprivate let offset: Int
    let count: Int
  }

  private var memory = UnsafeMutableRawBufferPointer(start: nil, count: 0)
  private(set) var pieces = Deque<Piece>()
  /// Where the next piece is put if it fits.
  private var tail = 0
  /// Bytes held.
  private(set) var count = 0

  /// Up to this size memory is not kept for the next chunk.
  private static var chunkBytes: Int { 8 << 10 }
  /// More than a client has in flight at the limit, with chunks of 100 ms.
  private static var keptBytes: Int { 256 << 10 }

  deinit { free(memory.baseAddress) }

  /// Appends one piece: the bytes of `first`, then those of `second`.
  mutating func append(_ first: UnsafeRawBufferPointer, _ second: UnsafeRawBufferPointer, label: Label) {
    let size = first.count + second.count
    let piece = Piece(label: label, offset: place(size), count: size)
    let room = UnsafeMutableRawBufferPointer(rebasing: memory[piece.offset..<piece.offset + piece.count])
    if !first.isEmpty { room.copyMemory(from: first) }
    if !second.isEmpty { UnsafeMutableRawBufferPointer(rebasing: room[first.count...]).copyMemory(from: second) }
    pieces.append(piece)
    guard piece.count > 0 else { return }
    count += piece.count
    tail = piece.offset + piece.count
  }

  /// Removes the oldest piece.
  @discardableResult
  mutating func removeFirst() -> Label {
    guard let piece = pieces.popFirst() else { preconditionFailure("A piece was removed from an empty ring.") }
    count -= piece.count
    if count == 0, memory.count <= Self.chunkBytes {
      release()
    } else if memory.count > Self.keptBytes, count <= memory.count / 8 {
      move(to: 2 * count)
    }
    return piece.label
  }

  /// Returns memory that is not needed for what is held now.
  mutating func trim() {
    if count == 0 { release() } else if memory.count > 4 * count { move(to: count) }
  }

  private mutating func release() {
    free(memory.baseAddress)
    memory = UnsafeMutableRawBufferPointer(start: nil, count: 0)
  }

  /// Overwrites the pieces at these indices, counted from the oldest, with zeros.
  mutating func silence(_ indices: Range<Int>) {
    for piece in pieces.dropFirst(indices.lowerBound).prefix(indices.count) {
      guard let start = memory.baseAddress else { return }
      memset(start + piece.offset, 0, piece.count)
    }
  }

  /// Calls `body` with the piece at that index, counted from the oldest.
  func withPiece(_ index: Int, _ body: (UnsafeRawBufferPointer) -> Void) {
    let piece = pieces[index]
    body(UnsafeRawBufferPointer(rebasing: memory[piece.offset..<piece.offset + piece.count]))
  }

  /// Calls `body` with each piece, the oldest first.
  func visit(_ body: (Label, UnsafeRawBufferPointer) -> Void) {
    for piece in pieces {
      body(piece.label, UnsafeRawBufferPointer(rebasing: memory[piece.offset..<piece.offset + piece.count]))
    }
  }

  /// Offset of room for that many bytes.
  private mutating func place(_ count: Int) -> Int {
    guard count > 0 else { return 0 }
    guard let oldest = pieces.first(where: { $0.count > 0 })?.offset else {
      if count > memory.count { move(to: count) }
      return 0
    }
    // After the newest: up to the end of memory, or, once wrapped, up to the oldest.
    let hasWrapped = tail <= oldest
    if count <= (hasWrapped ? oldest : memory.count) - tail { return tail }
    if !hasWrapped, count <= oldest { return 0 }
    move(to: max(2 * memory.count, self.count + count))
    return tail
  }

  private mutating func move(to capacity: Int) {
    let capacity = max(capacity, count)
    let new = UnsafeMutableRawBufferPointer(start: malloc(max(1, capacity)), count: capacity)
    guard let start = new.baseAddress else { preconditionFailure("out of memory: \(capacity) bytes") }
    var moved = Deque<Piece>()
    tail = 0
    for piece in pieces {
      if piece.count > 0, let old = memory.baseAddress { memcpy(start + tail, old + piece.offset, piece.count) }
      // An empty one has no place in memory, which may go while it stays.
      moved.append(Piece(label: piece.label, offset: piece.count > 0 ? tail : 0, count: piece.count))
      tail += piece.count
    }
    free(memory.baseAddress)
    memory = new
    pieces = moved
  }
}
