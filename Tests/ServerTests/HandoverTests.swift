import Testing

@testable import Server

/// The way of a session to another server, event by event.
@Suite final class HandoverTests {
  private var handover = Handover<String>(gateway: "h.1", isHere: false)
  private static let old = SessionRecord(epoch: 4, gateway: "g.1", worker: "a.1")
  private static let claimed = SessionRecord(epoch: 5, gateway: "h.1", worker: "a.1")

  private func take(_ event: Handover<String>.Event) -> String { text(handover.take(event)) }

  private func text(_ action: Handover<String>.Action) -> String {
    switch action {
    case .none: "none"
    case .read: "read"
    case .write(let record, let revision): "write \(record.epoch) \(record.gateway) \(record.worker) after \(revision)"
    case .take(let worker, let epoch): "take \(worker) \(epoch)"
    case .open(let image, let epoch): "open \(image) \(epoch)"
    case .collect(let epoch): "collect \(epoch)"
    case .restore(let copy, let lease): "restore \(copy) \(lease.record.epoch) \(lease.revision)"
    case .goOnHere(let lease): "go on here \(lease.record.epoch)"
    case .gone: "gone"
    case .tryLater: "try later"
    }
  }

  private func found(_ record: SessionRecord = old, _ revision: UInt64 = 7) -> Handover<String>.Event {
    .record(.found(record.json, revision: revision))
  }

  /// The claim is written, and the worker is asked.
  private func claim() {
    #expect(text(handover.begin()) == "read")
    #expect(take(found()) == "write 5 h.1 a.1 after 7")
    #expect(take(.changed(.changed(8))) == "take a.1 5")
  }

  @Test func `the worker has the copy`() {
    claim()
    #expect(take(.copy("copy", epoch: 4, isEnough: true)) == "restore copy 5 8")
    // Anything later changes nothing.
    #expect(take(.noCopy) == "none")
  }

  @Test func `a worker that is gone: the best of all copies counts`() {
    claim()
    #expect(take(.noCopy) == "collect 5")
    #expect(take(.copy("old", epoch: 2, isEnough: true)) == "none")
    #expect(take(.copy("new", epoch: 4, isEnough: true)) == "none")
    #expect(take(.copy("older", epoch: 3, isEnough: true)) == "none")
    #expect(take(.collected(isEarly: false)) == "restore new 5 8")
  }

  @Test func `a copy that lacks what the client has is refused`() {
    claim()
    #expect(take(.copy("short", epoch: 4, isEnough: false)) == "collect 5")
    #expect(take(.copy("short too", epoch: 5, isEnough: false)) == "none")
    #expect(take(.collected(isEarly: false)) == "gone")
  }

  @Test func `a session before its first chunk is in its record`() throws {
    let record = SessionRecord(epoch: 1, gateway: "g.1", image: [1, 2])
    #expect(SessionRecord(json: record.json) == record)
    #expect(take(found(record)) == "write 2 h.1  after 7")
    #expect(take(.changed(.changed(8))) == "open [1, 2] 2")
    #expect(take(.copy("copy", epoch: 2, isEnough: true)) == "restore copy 2 8")
  }

  @Test func `a server that does not know all workers yet can't say that a session is gone`() {
    claim()
    #expect(take(.noCopy) == "collect 5")
    #expect(take(.collected(isEarly: true)) == "try later")
  }

  @Test func `a session at hand that the directory has forgotten goes on`() {
    handover = Handover(gateway: "g.1", isHere: true)
    #expect(take(.record(.missing(revision: 3))) == "write 1 g.1  after 3")
    #expect(take(.changed(.changed(4))) == "go on here 1")
  }

  @Test func `a session that nobody knows is gone`() { #expect(take(.record(.missing(revision: 3))) == "gone") }

  @Test func `a directory that does not answer: the client tries later`() {
    #expect(take(.record(.unanswered)) == "try later")
  }

  @Test func `a claim that another was faster than is made anew`() {
    _ = take(found())
    #expect(take(.changed(.conflict)) == "read")
    #expect(take(found(SessionRecord(epoch: 5, gateway: "i.1", worker: "a.1"), 8)) == "write 6 h.1 a.1 after 8")
  }

  @Test func `a claim that always loses is given up`() {
    for _ in 1..<8 {
      _ = take(found())
      #expect(take(.changed(.conflict)) == "read")
    }
    _ = take(found())
    #expect(take(.changed(.conflict)) == "try later")
  }

  @Test func `a claim without an answer may have been applied`() {
    _ = take(found())
    #expect(take(.changed(.unanswered)) == "read")
    #expect(take(found(Self.claimed, 8)) == "take a.1 5")
  }

  @Test func `a claim that was not applied is made anew`() {
    _ = take(found())
    _ = take(.changed(.unanswered))
    #expect(take(found()) == "read")
    #expect(take(found()) == "write 5 h.1 a.1 after 7")
  }

  @Test func `nobody can say whether a claim was applied`() {
    _ = take(found())
    _ = take(.changed(.unanswered))
    #expect(take(.record(.unanswered)) == "try later")
  }

  @Test func `a later claim is the one that counts`() {
    claim()
    #expect(take(.fenced) == "try later")
  }

  @Test func `only the worker in the record can say so`() {
    claim()
    _ = take(.noCopy)
    #expect(take(.fenced) == "none")
    #expect(take(.copy("copy", epoch: 4, isEnough: true)) == "none")
    #expect(take(.collected(isEarly: false)) == "restore copy 5 8")
  }

  @Test func `the session at hand is claimed, too`() {
    handover = Handover(gateway: "g.1", isHere: true)
    #expect(take(found()) == "write 5 g.1 a.1 after 7")
    #expect(take(.changed(.changed(8))) == "go on here 5")
  }

  @Test func `the session at hand is not the one that counts if another server had it meanwhile`() {
    handover = Handover(gateway: "h.1", isHere: true)
    #expect(take(found()) == "write 5 h.1 a.1 after 7")
    #expect(take(.changed(.changed(8))) == "take a.1 5")
  }
}
