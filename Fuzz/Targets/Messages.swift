@testable import Web

/// The pieces a library hands over, put together: a message is all its pieces in order or is refused once, and memory
/// follows what has come, not what was announced.
func fuzzMessages(_ bytes: UnsafeRawBufferPointer) {
  var input = FuzzInput(bytes)
  var assembly = MessageAssembly(maximumBinaryBytes: 600, maximumTextBytes: 200)
  defer { assembly.release() }
  var expected: [UInt8] = []
  var isRefused = false
  var isFirst = true
  var kind = MessageKind.binary
  while !input.rest.isEmpty {
    let flags = input.byte()
    if isFirst { kind = flags & 1 == 0 ? .binary : .text }
    let remaining = flags & 2 == 0 ? 0 : flags & 4 == 0 ? input.byte() : Int.max - input.byte()
    let isFinal = remaining == 0 && flags & 8 != 0
    let piece = input.rest.prefix(input.byte())
    let limit = kind == .binary ? 600 : 200
    if isFirst {
      expected = []
      isRefused = false
    }
    expected += piece
    let isTooBig = expected.count > limit || remaining > limit - expected.count
    let step = UnsafeRawBufferPointer(rebasing: piece).inOwnMemory {
      assembly.take($0, kind: kind, isFirst: isFirst, isFinal: isFinal, remaining: remaining)
    }
    switch step {
    case .whole: require(isFirst && isFinal && !isTooBig, "A part was taken for a whole message.")
    case .assembled:
      require(isFinal && !isRefused && !isTooBig, "A message was given that should not be.")
      require(assembly.assembled.elementsEqual(expected), "A message is not its pieces in order.")
      assembly.release()
    case .more: require(isRefused || !isFinal && !isTooBig, "A message was swallowed.")
    case .tooBig(let bytes): require(isTooBig && !isRefused && bytes == limit, "A message was refused without reason.")
    }
    if isTooBig { isRefused = true }
    isFirst = isFinal
  }
}
