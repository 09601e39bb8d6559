import Testing

@testable import Streams

struct MemoryBudgetTests {
  @Test func `with all of it used no new stream is admitted`() {
    var budget = MemoryBudget(limitBytes: 1000)
    budget.change(by: 999)
    #expect(!budget.isFull)
    budget.change(by: 1)
    #expect(budget.isFull)
    budget.change(by: -1)
    #expect(!budget.isFull)
  }

  @Test func `from half of it on a client with more than its share is paused, until well below`() {
    var budget = MemoryBudget(limitBytes: 1000)
    budget.change(by: 499)
    #expect(!budget.throttles(unansweredBytes: 400, clients: 5))
    budget.change(by: 1)
    #expect(budget.throttles(unansweredBytes: 101, clients: 5))
    #expect(!budget.throttles(unansweredBytes: 100, clients: 5))
    #expect(!budget.releases(unansweredBytes: 101, clients: 5))
    #expect(budget.releases(unansweredBytes: 50, clients: 5))
    budget.change(by: -126)
    #expect(budget.releases(unansweredBytes: 1000, clients: 5))
  }

  @Test func `what one loop holds the others know once it was settled`() {
    var budget = MemoryBudget(limitBytes: 1000)
    budget.change(by: 300)
    budget.change(by: -100)
    #expect(budget.unsettledBytes == 200)
    budget.settle(totalBytes: 900)
    #expect((budget.heldBytes, budget.unsettledBytes) == (900, 0))
    budget.change(by: 100)
    #expect(budget.isFull)
    #expect(budget.unsettledBytes == 100)
  }
}
