import Testing

@testable import EngineSherpa

@Suite struct PartialSheddingTests {
  private var shedding = PartialShedding()

  @Test mutating func `finals that wait half a second cost no partials`() {
    for second in 0..<20 {
      shedding.finalWaited(for: 0.5, now: .seconds(second))
      #expect(!shedding.isShedding(.seconds(second)))
    }
  }

  @Test mutating func `a final that waited longer stops partials for some seconds`() {
    shedding.finalWaited(for: 1.5, now: .seconds(100))
    #expect(shedding.isShedding(.seconds(100)))
    #expect(shedding.isShedding(.seconds(103)))
    #expect(!shedding.isShedding(.seconds(105)))
  }

  @Test mutating func `however late finals were, partials come back after four seconds`() {
    for _ in 0..<10 { shedding.finalWaited(for: 30, now: .seconds(1)) }
    #expect(shedding.isShedding(.seconds(4)))
    #expect(!shedding.isShedding(.milliseconds(5_010)))
  }

  @Test mutating func `many that waited slightly too long add up`() {
    for tenths in 0..<8 { shedding.finalWaited(for: 0.6, now: .milliseconds(100 * tenths)) }
    #expect(shedding.isShedding(.milliseconds(700)))
    #expect(!shedding.isShedding(.seconds(5)))
  }

  @Test mutating func `one that waited slightly too long stops none`() {
    shedding.finalWaited(for: 0.7, now: .seconds(1))
    #expect(!shedding.isShedding(.seconds(1)))
  }

  @Test mutating func `a turn that is told with an earlier time forgets nothing`() {
    shedding.finalWaited(for: 1.5, now: .seconds(10))
    #expect(shedding.isShedding(.seconds(9)))
  }
}
