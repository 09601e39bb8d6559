import Testing

@testable import Streams

struct MemoryBudgetTests {
  @Test func `with all of it used no new stream is admitted`() {
    var budget = MemoryBudget(limitBytes: 1000)
    budget.hold(999)
    #expect(!budget.isFull)
    budget.hold(1)
    #expect(budget.isFull)
    budget.hold(-1)
    #expect(!budget.isFull)
  }

  @Test func `from half of it on a client with more than its share is paused, until well below`() {
    var budget = MemoryBudget(limitBytes: 1000)
    budget.clients = 5
    budget.hold(499)
    #expect(!budget.isShort)
    budget.hold(1)
    #expect(budget.isShort)
    #expect(budget.throttles(unansweredBytes: 101))
    #expect(!budget.throttles(unansweredBytes: 100))
    #expect(!budget.releases(unansweredBytes: 101))
    #expect(budget.releases(unansweredBytes: 50))
    budget.hold(-126)
    #expect(budget.releases(unansweredBytes: 1000))
  }

  @Test func `what one loop holds the others know once it was settled`() {
    var budget = MemoryBudget(limitBytes: 1000)
    budget.hold(300)
    budget.hold(-100)
    #expect(budget.unsettled.bytes == 200)
    budget.settle(total: MemoryBudget.Share(bytes: 900))
    #expect((budget.heldBytes, budget.unsettled.bytes) == (900, 0))
    budget.hold(100)
    #expect(budget.isFull)
    #expect(budget.unsettled.bytes == 100)
  }

  @Test func `what can be dropped keeps nobody out, and goes when all is used up`() {
    var budget = MemoryBudget(limitBytes: 1600)
    budget.hold(1600, droppable: 1600)
    #expect(!budget.isFull && !budget.isShort && !budget.isExceeded)
    budget.hold(800)
    #expect(budget.isShort && !budget.isFull && budget.isExceeded)
    // Somewhat more than is over.
    #expect(budget.excessBytes == 900)
    budget.hold(-900, droppable: -900)
    #expect(budget.excessBytes == 0)
    budget.hold(800)
    #expect(budget.isFull)
  }

  @Test func `unfinished messages have a quarter of it to themselves, whatever the audio takes`() {
    var budget = MemoryBudget(limitBytes: 1600)
    budget.hold(1500)
    budget.hold(400, droppable: 400)
    #expect(budget.isExceeded && budget.excessUnfinishedBytes == 0)
    budget.hold(50, droppable: 50)
    #expect(budget.excessUnfinishedBytes == 50)
    budget.hold(-1500)
    budget.hold(2000, droppable: 2000)
    // All that is over, and somewhat more.
    #expect(budget.excessUnfinishedBytes == budget.excessBytes)
  }
}

extension MemoryBudget {
  fileprivate mutating func hold(_ bytes: Int, droppable: Int = 0) {
    change(from: Share(), to: Share(bytes: bytes, droppableBytes: droppable))
  }
}
