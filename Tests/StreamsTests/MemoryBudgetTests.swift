import Testing

@testable import Streams

struct MemoryBudgetTests {
  @Test func `with all of it used no new stream is admitted`() {
    var budget = MemoryBudget(limitBytes: 1000)
    budget.heldBytes += 999
    #expect(!budget.isFull)
    budget.heldBytes += 1
    #expect(budget.isFull)
    budget.heldBytes -= 1
    #expect(!budget.isFull)
  }

  @Test func `from half of it on a client with more than its share is paused, until well below`() {
    var budget = MemoryBudget(limitBytes: 1000)
    budget.clients = 5
    budget.heldBytes += 499
    #expect(!budget.isShort)
    budget.heldBytes += 1
    #expect(budget.isShort)
    #expect(budget.throttles(unansweredBytes: 101))
    #expect(!budget.throttles(unansweredBytes: 100))
    #expect(!budget.releases(unansweredBytes: 101))
    #expect(budget.releases(unansweredBytes: 50))
    budget.heldBytes -= 126
    #expect(budget.releases(unansweredBytes: 1000))
  }

  @Test func `what one loop holds the others know once it was settled`() {
    var budget = MemoryBudget(limitBytes: 1000)
    budget.heldBytes += 300
    budget.heldBytes -= 100
    #expect(budget.unsettledBytes == 200)
    budget.settle(totalBytes: 900)
    #expect((budget.heldBytes, budget.unsettledBytes) == (900, 0))
    budget.heldBytes += 100
    #expect(budget.isFull)
    #expect(budget.unsettledBytes == 100)
  }
}
