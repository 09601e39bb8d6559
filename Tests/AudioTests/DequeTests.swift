import Audio
import Testing

struct DequeTests {
  @Test func `what goes in first comes out first, however often it is turned over`() {
    var deque = Deque<Int>()
    var next = 0
    var expected = 0
    for round in 0..<1000 {
      for _ in 0..<(round % 7) {
        deque.append(next)
        next += 1
      }
      for _ in 0..<(round % 5) {
        guard let item = deque.popFirst() else { break }
        #expect(item == expected)
        expected += 1
      }
      #expect(deque.count == next - expected)
      #expect(deque.first == (next == expected ? nil : expected))
    }
    #expect(deque.takeAll() == Array(expected..<next))
    #expect(deque.isEmpty && deque.popFirst() == nil)
  }
}
