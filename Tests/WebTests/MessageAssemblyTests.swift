import Testing

@testable import Web

struct MessageAssemblyTests {
  private func take(
    _ assembly: inout MessageAssembly, _ piece: [UInt8], _ kind: MessageKind = .binary, first: Bool = false,
    final: Bool = false, remaining: Int = 0
  ) -> MessageAssembly.Step {
    piece.withUnsafeBytes {
      assembly.take($0, kind: kind, isFirst: first, isFinal: final, remaining: remaining)
    }
  }

  @Test func `a message in one piece is taken as it is, up to its limit`() {
    var assembly = MessageAssembly(maximumBinaryBytes: 3, maximumTextBytes: 2)
    #expect(take(&assembly, [1, 2, 3], first: true, final: true) == .whole)
    #expect(take(&assembly, [], .text, first: true, final: true) == .whole)
    #expect(take(&assembly, [1, 2, 3, 4], first: true, final: true) == .tooBig(limitBytes: 3))
    #expect(take(&assembly, [1, 2, 3], .text, first: true, final: true) == .tooBig(limitBytes: 2))
    #expect(take(&assembly, [1, 2], .text, first: true, final: true) == .whole)
  }

  @Test func `pieces are put together, and the memory goes with the message`() {
    var assembly = MessageAssembly(maximumBinaryBytes: 1 << 20, maximumTextBytes: 2)
    #expect(take(&assembly, [1, 2], first: true, remaining: 1) == .more)
    #expect(take(&assembly, [3]) == .more)
    #expect(take(&assembly, []) == .more)
    #expect(take(&assembly, [UInt8](repeating: 9, count: 100_000), final: true) == .assembled)
    #expect(assembly.assembled.count == 100_003)
    #expect(Array(assembly.assembled.prefix(4)) == [1, 2, 3, 9])
    assembly.release()
    #expect(assembly.assembled.isEmpty)
    #expect(take(&assembly, [5], first: true) == .more)
    #expect(take(&assembly, [6], final: true) == .assembled)
    #expect(Array(assembly.assembled) == [5, 6])
    assembly.release()
  }

  @Test func `one that grows over the limit is refused once, and its rest passed over`() {
    var assembly = MessageAssembly(maximumBinaryBytes: 4, maximumTextBytes: 4)
    #expect(take(&assembly, [1, 2], first: true) == .more)
    #expect(take(&assembly, [3, 4, 5]) == .tooBig(limitBytes: 4))
    #expect(take(&assembly, [6, 7, 8], final: true) == .more)
    #expect(take(&assembly, [1], first: true, final: true) == .whole)
  }

  @Test func `one whose announced length is over the limit is refused at its first byte`() {
    var assembly = MessageAssembly(maximumBinaryBytes: 4, maximumTextBytes: 4)
    #expect(take(&assembly, [1], first: true, remaining: .max) == .tooBig(limitBytes: 4))
  }
}
