import Testing

@testable import Server

/// The way of a session to another server, event by event.
@Suite final class HandoverTests {
  private var handover = Handover<String>(gateway: "h.1", isHere: false)
  private static let old = SessionRecord(epoch: 4, gateway: "g.1", worker: "a.1")
  /// A claim of that, and the next one.
  private static let (claim, next) = (0x1_0000, 0x2_0000)

  private func take(_ event: Handover<String>.Event) -> String { text(handover.take(event)) }

  private func text(_ action: Handover<String>.Action) -> String {
    switch action {
    case .none: "none"
    case .read: "read"
    case .write(let record, let revision):
      "write \(record.epoch) \(record.gateway) \(record.worker) after \(revision)"
        + (record.since.map { " since \($0.epoch) \($0.origin.epoch) \($0.origin.answered)" } ?? "")
    case .take(let worker, let epoch): "take \(worker) \(epoch)"
    case .open(let image, let epoch): "open \(image) \(epoch)"
    case .collect(let epoch): "collect \(epoch)"
    case .restore(let copy, let lease): "restore \(copy) \(lease.record.epoch) \(lease.revision)"
    case .goOnHere(let lease): "go on here \(lease.record.epoch)"
    case .gone: "gone"
    case .tryLater(let obstacle): "try later: \(obstacle)"
    }
  }

  private func found(_ record: SessionRecord = old, _ revision: UInt64 = 7) -> Handover<String>.Event {
    .record(.found(record.json, revision: revision))
  }

  private func copy(
    _ copy: String, epoch: UInt64, answered: Int = 9, isEnough: Bool = true
  ) -> Handover<String>.Event {
    .copy(copy, CopyAge(epoch: epoch, answered: answered), isEnough: isEnough)
  }

  /// The claim is written, and the worker is asked.
  private func claim(_ record: SessionRecord = old) {
    #expect(text(handover.begin()) == "read")
    #expect(take(found(record)).hasPrefix("write \(Self.claim) h.1 a.1 after 7"))
    #expect(take(.changed(.changed(8))) == "take a.1 \(Self.claim)")
  }

  @Test func `the worker has the copy`() {
    claim()
    #expect(take(copy("copy", epoch: 4)) == "write \(Self.claim) h.1 a.1 after 8 since \(Self.claim) 4 9")
    #expect(take(.changed(.changed(9))) == "restore copy \(Self.claim) 9")
    // Anything later changes nothing.
    #expect(take(.noCopy) == "none")
  }

  @Test(arguments: [(SessionBucket.Change.conflict, "rival"), (.unanswered, "noAnswer")])
  func `a session goes on from no copy that is not recorded`(_ change: SessionBucket.Change, _ obstacle: String) {
    claim()
    _ = take(copy("copy", epoch: 4))
    #expect(take(.changed(change)) == "try later: \(obstacle)")
  }

  @Test func `a worker that is gone: the newest of all copies counts`() {
    claim()
    #expect(take(.noCopy) == "collect \(Self.claim)")
    #expect(take(copy("old", epoch: 2, answered: 12)) == "none")
    #expect(take(copy("new", epoch: 4, answered: 10)) == "none")
    #expect(take(copy("less", epoch: 4, answered: 9)) == "none")
    #expect(take(copy("older", epoch: 3)) == "none")
    #expect(take(.collected(isEarly: false)) == "write \(Self.claim) h.1 a.1 after 8 since \(Self.claim) 4 10")
    #expect(take(.changed(.changed(9))) == "restore new \(Self.claim) 9")
  }

  @Test func `a copy that lacks what the client has is refused`() {
    claim()
    #expect(take(copy("short", epoch: 4, isEnough: false)) == "collect \(Self.claim)")
    #expect(take(copy("short too", epoch: 5, isEnough: false)) == "none")
    #expect(take(.collected(isEarly: false)) == "gone")
  }

  private static let left = SessionRecord(
    epoch: 5, since: .init(epoch: 4, origin: CopyAge(epoch: 2, answered: 8)), gateway: "g.1", worker: "a.1")

  @Test(arguments: [
    (epoch: UInt64(5), answered: 9, counts: true), (4, 3, true), (3, 3, false), (2, 9, false), (2, 8, true),
    (1, 8, false),
  ])
  func `a copy that the session has left behind is refused`(_ copy: (epoch: UInt64, answered: Int, counts: Bool)) {
    #expect(SessionRecord(json: Self.left.json) == Self.left)
    claim(Self.left)
    let action = take(self.copy("copy", epoch: copy.epoch, answered: copy.answered))
    #expect(action.hasPrefix(copy.counts ? "write" : "collect"))
  }

  @Test func `a session before its first chunk is in its record`() throws {
    let record = SessionRecord(epoch: 1, gateway: "g.1", image: [1, 2])
    #expect(SessionRecord(json: record.json) == record)
    #expect(take(found(record)) == "write \(Self.claim) h.1  after 7")
    #expect(take(.changed(.changed(8))) == "open [1, 2] \(Self.claim)")
    #expect(take(copy("copy", epoch: 2, answered: 0)).hasPrefix("write \(Self.claim) h.1  after 8"))
  }

  @Test func `a server that does not know all workers yet can't say that a session is gone`() {
    claim()
    #expect(take(.noCopy) == "collect \(Self.claim)")
    #expect(take(.collected(isEarly: true)) == "try later: unknownWorkers")
  }

  @Test func `a session at hand that the directory has forgotten goes on`() {
    handover = Handover(gateway: "g.1", isHere: true)
    #expect(take(.record(.missing(revision: 3))) == "write 1 g.1  after 3")
    #expect(take(.changed(.changed(4))) == "go on here 1")
  }

  @Test func `a session that nobody knows is gone`() { #expect(take(.record(.missing(revision: 3))) == "gone") }

  @Test func `a directory that does not answer: the client tries later`() {
    #expect(take(.record(.unanswered)) == "try later: noAnswer")
  }

  @Test func `a claim that another was faster than is made anew`() {
    _ = take(found())
    #expect(take(.changed(.conflict)) == "read")
    let other = SessionRecord(epoch: UInt64(Self.claim), gateway: "i.1", worker: "a.1")
    #expect(take(found(other, 8)) == "write \(Self.next) h.1 a.1 after 8")
  }

  @Test func `a claim that always loses is given up`() {
    for _ in 1..<8 {
      _ = take(found())
      #expect(take(.changed(.conflict)) == "read")
    }
    _ = take(found())
    #expect(take(.changed(.conflict)) == "try later: rival")
  }

  @Test func `a claim without an answer is made anew, whether it was applied or not`() {
    _ = take(found())
    #expect(take(.changed(.unanswered)) == "read")
    let applied = SessionRecord(epoch: UInt64(Self.claim), gateway: "h.1", worker: "a.1")
    #expect(take(found(applied, 8)) == "write \(Self.next) h.1 a.1 after 8")
    #expect(take(.changed(.unanswered)) == "read")
    #expect(take(found(applied, 8)) == "write \(Self.next) h.1 a.1 after 8")
    #expect(take(.changed(.changed(9))) == "take a.1 \(Self.next)")
  }

  @Test func `nobody can say whether a claim was applied`() {
    _ = take(found())
    _ = take(.changed(.unanswered))
    #expect(take(.record(.unanswered)) == "try later: noAnswer")
  }

  @Test func `a later claim is the one that counts`() {
    claim()
    #expect(take(.fenced) == "try later: rival")
  }

  @Test func `only the worker in the record can say so`() {
    claim()
    _ = take(.noCopy)
    #expect(take(.fenced) == "none")
    #expect(take(copy("copy", epoch: 4)) == "none")
    #expect(take(.collected(isEarly: false)).hasPrefix("write"))
  }

  @Test func `the session at hand is claimed, too`() {
    handover = Handover(gateway: "g.1", isHere: true)
    #expect(take(found()) == "write \(Self.claim) g.1 a.1 after 7")
    #expect(take(.changed(.changed(8))) == "go on here \(Self.claim)")
  }

  @Test func `the session at hand is not the one that counts if another server had it meanwhile`() {
    handover = Handover(gateway: "h.1", isHere: true)
    #expect(take(found()) == "write \(Self.claim) h.1 a.1 after 7")
    #expect(!handover.isHere)
    // Nor is it when the record names this server again, by a claim that was applied without an answer.
    #expect(take(.changed(.unanswered)) == "read")
    let applied = SessionRecord(epoch: UInt64(Self.claim), gateway: "h.1", worker: "a.1")
    #expect(take(found(applied, 8)) == "write \(Self.next) h.1 a.1 after 8")
    #expect(take(.changed(.changed(9))) == "take a.1 \(Self.next)")
  }
}
