import Testing

@testable import Server

struct ClientNumbersTests {
  @Test func `a server that is alone has growing numbers above those of an earlier second`() {
    var earlier = ClientNumbers.since(second: 1_800_000_000)
    var later = ClientNumbers.since(second: 1_800_000_001)
    let first = earlier.next()
    for _ in 1..<1000 { #expect(earlier.next() > first) }
    #expect(later.next() > earlier.next())
    #expect(later.next() < ClientNumbers.sharedBlocks.lowerBound << ClientNumbers.blockBits)
  }

  @Test func `servers beside one another have blocks of their own, also when they start in the same second`() {
    var (one, other) = (ClientNumbers(), ClientNumbers())
    var numbers: Set<Int> = []
    for _ in 0..<1000 {
      numbers.insert(one.next())
      numbers.insert(other.next())
    }
    #expect(numbers.count == 2000)
  }

  @Test func `a block that is used up is followed by another, and every number is one that JavaScript holds`() {
    var numbers = ClientNumbers()
    let blocks = ClientNumbers.sharedBlocks
    var drawn = [blocks.upperBound - 1, blocks.lowerBound][...]
    let block = 1 << ClientNumbers.blockBits
    var last = 0
    for number in 0..<block + 1 {
      last = numbers.next { _ in drawn.removeFirst() }
      if number == block - 1 { #expect(last == (1 << 53) - 1) }
    }
    #expect(last == blocks.lowerBound * block)
    #expect(drawn.isEmpty)
  }

  @Test func `a block that a server was given follows the one that it has, and it wants another one`() {
    var numbers = ClientNumbers()
    #expect(numbers.wantsBlock)
    numbers.reserve(1_800_000_000)
    #expect(!numbers.wantsBlock)
    let first = numbers.next { _ in 0 }
    #expect(first == 1_800_000_000 << ClientNumbers.blockBits)
    #expect(numbers.wantsBlock)
    numbers.reserve(1_800_000_007)
    for _ in 1..<1 << ClientNumbers.blockBits { _ = numbers.next { _ in 0 } }
    #expect(numbers.next { _ in 0 } == 1_800_000_007 << ClientNumbers.blockBits)
    #expect(!ClientNumbers.since(second: 1_800_000_000).wantsBlock)
  }

  @Test func `blocks that servers are given grow, also when the last one is forgotten`() {
    #expect(ClientNumbers.block(after: nil, second: 1_800_000_000) == 1_800_000_000)
    #expect(ClientNumbers.block(after: 1_800_000_000, second: 1_800_000_000) == 1_800_000_001)
    #expect(ClientNumbers.block(after: 1_700_000_000, second: 1_800_000_000) == 1_800_000_000)
  }
}
