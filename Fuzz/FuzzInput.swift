/// The bytes of a run taken apart: numbers that choose, then the bytes the decoder gets.
struct FuzzInput {
  private(set) var rest: Slice<UnsafeRawBufferPointer>

  init(_ bytes: UnsafeRawBufferPointer) { rest = bytes[...] }

  /// The next byte; 0 when there is none.
  mutating func byte() -> Int { Int(rest.popFirst() ?? 0) }

  mutating func choose<Value>(_ values: [Value]) -> Value { values[byte() % values.count] }

  /// What is left, cut into pieces whose lengths, none of them 0, hang on `seed`: few long ones or many short ones.
  func pieces(_ seed: Int) -> [UnsafeRawBufferPointer] {
    var pieces: [UnsafeRawBufferPointer] = []
    var rest = rest
    var state = UInt32(truncatingIfNeeded: seed &* 2_654_435_761 | 1)
    let longest = UInt32([1, 3, 7, 30, 300, 5000][seed % 6])
    while !rest.isEmpty {
      // Xorshift: the same seed cuts alike.
      state ^= state << 13
      state ^= state >> 17
      state ^= state << 5
      let piece = rest.prefix(Int(state % longest) + 1)
      rest = rest.dropFirst(piece.count)
      pieces.append(UnsafeRawBufferPointer(rebasing: piece))
    }
    return pieces
  }

  var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: rest) }
}

extension UnsafeRawBufferPointer {
  /// A copy in memory of exactly its size, so that AddressSanitizer sees the first byte read beyond it.
  func inOwnMemory<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 1)
    defer { copy.deallocate() }
    copy.copyMemory(from: self)
    return body(UnsafeRawBufferPointer(copy))
  }
}
