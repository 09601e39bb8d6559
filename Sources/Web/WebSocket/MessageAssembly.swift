import Glibc

/// What a message is: bytes, or text in UTF-8.
public enum MessageKind: Equatable, Sendable {
  case binary, text
}

/// Puts the pieces of a message together: parts of a frame, or frames of a message.
///
/// Between messages it holds no memory. A message that came in one piece is never copied.
struct MessageAssembly {
  let maximumBinaryBytes: Int
  let maximumTextBytes: Int
  private var buffer: UnsafeMutableRawPointer?
  private var capacity = 0
  private var count = 0
  /// The rest of a message that was refused is skipped.
  private var isSkipping = false
  /// No message is put together any more.
  private var isDiscarding = false
  /// `assembled` is a whole message.
  private(set) var isComplete = false

  init(maximumBinaryBytes: Int, maximumTextBytes: Int) {
    self.maximumBinaryBytes = maximumBinaryBytes
    self.maximumTextBytes = maximumTextBytes
  }

  func limit(_ kind: MessageKind) -> Int { kind == .binary ? maximumBinaryBytes : maximumTextBytes }

  enum Step: Equatable {
    /// This piece is the whole message.
    case whole
    /// The message lies in `assembled`; `release` when it has been dealt with.
    case assembled
    /// It goes on.
    case more
    /// It is, or will be, longer than this limit. Told once a message.
    case tooBig(limitBytes: Int)
  }

  /// - Parameters:
  ///   - remaining: bytes of the same frame that have not arrived yet.
  ///   - isFinal: nothing of the message follows.
  mutating func take(
    _ piece: UnsafeRawBufferPointer, kind: MessageKind, isFirst: Bool, isFinal: Bool, remaining: Int
  ) -> Step {
    if isFirst && isFinal && piece.count <= limit(kind) { return .whole }
    return takePart(piece, kind: kind, isFirst: isFirst, isFinal: isFinal, remaining: remaining)
  }

  private mutating func takePart(
    _ piece: UnsafeRawBufferPointer, kind: MessageKind, isFirst: Bool, isFinal: Bool, remaining: Int
  ) -> Step {
    guard !isDiscarding else { return .more }
    let limit = limit(kind)
    if isFirst {
      count = 0
      isSkipping = false
    }
    if isSkipping { return .more }
    // The frame's length is the peer's word: compared before it is added, so that it cannot overflow.
    guard piece.count <= limit - count, remaining <= limit - count - piece.count else {
      release()
      isSkipping = true
      return .tooBig(limitBytes: limit)
    }
    reserve(count + piece.count, announced: count + piece.count + remaining)
    if let buffer, let source = piece.baseAddress { memcpy(buffer + count, source, piece.count) }
    count += piece.count
    isComplete = isFinal
    return isFinal ? .assembled : .more
  }

  var assembled: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: buffer, count: count) }

  /// The memory of a message that is not complete.
  var bytes: Int { capacity }

  /// Drops what has arrived of a message, and what still comes.
  mutating func discard() {
    // A whole one is being delivered.
    if !isComplete { release() }
    isDiscarding = true
  }

  mutating func release() {
    free(buffer)
    buffer = nil
    capacity = 0
    count = 0
    isComplete = false
  }

  /// Memory follows what has arrived, not what is announced: a header alone must not cost 16 MiB. So no more than twice
  /// the bytes that are there, and exactly the frame's length once that is near.
  private mutating func reserve(_ needed: Int, announced: Int) {
    guard needed > capacity else { return }
    capacity = max(needed, min(announced, max(2 * needed, 64 << 10)))
    guard let grown = realloc(buffer, capacity) else {
      preconditionFailure("No memory for a message of \(needed) bytes.")
    }
    buffer = grown
  }
}
