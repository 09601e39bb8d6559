import Testing

@testable import EngineSherpa

@Suite struct ThreadPlacementTests {
  @Test func `a stream goes to the thread with the fewest, the first of equals`() {
    var placement = ThreadPlacement(threads: 3)
    #expect((0..<5).map { _ in placement.open() } == [0, 1, 2, 0, 1])
    placement.close(on: 1)
    placement.close(on: 1)
    #expect(placement.open() == 1)
    #expect(placement.open() == 1)
    #expect(placement.open() == 2)
    #expect(placement.streams == [2, 2, 2])
  }

  @Test func `one thread has them all`() {
    var placement = ThreadPlacement(threads: 1)
    #expect((0..<3).map { _ in placement.open() } == [0, 0, 0])
  }
}
