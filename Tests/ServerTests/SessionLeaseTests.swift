import Testing

@testable import Server

/// The record of a session that a server has, against the answers of the directory.
@Suite struct SessionLeaseTests {
  private static let first = SessionRecord(gateway: "g.1")

  private func lease() -> SessionLease { SessionLease(gateway: "g.1") }

  /// A lease whose record the directory has, at revision 5.
  private func stored() -> SessionLease {
    var lease = lease()
    _ = lease.next()
    _ = lease.wrote(.changed(5))
    return lease
  }

  @Test func `a session that begins is written where there is nothing`() {
    var lease = lease()
    #expect(!lease.isKnown)
    #expect(lease.next() == .write(Self.first, after: 0))
    #expect(lease.isAwaiting)
    #expect(lease.next() == .none)
    #expect(lease.wrote(.changed(5)) == .none)
    #expect(!lease.isAwaiting)
    #expect(lease.isKnown)
    #expect(lease.isStored)
  }

  /// The session is on its second worker, which it came to with eight answers.
  private static func second(_ worker: String = "b.1", epoch: UInt64 = 2) -> SessionRecord {
    SessionRecord(
      epoch: epoch, since: .init(epoch: 2, origin: CopyAge(epoch: 1, answered: 8)), gateway: "g.1", worker: worker)
  }

  @Test func `each worker but the first leaves a copy behind; the first takes it out of the record`() {
    var lease = SessionLease(gateway: "g.1", image: [1])
    #expect(lease.next() == .write(SessionRecord(gateway: "g.1", image: [1]), after: 0))
    _ = lease.wrote(.changed(5))
    lease.moved(to: "a.1", from: nil)
    #expect(lease.next() == .write(SessionRecord(epoch: 1, gateway: "g.1", worker: "a.1"), after: 5))
    lease.moved(to: "b.1", from: CopyAge(epoch: 1, answered: 8))
    // One change at a time.
    #expect(lease.next() == .none)
    #expect(lease.wrote(.changed(6)) == .write(Self.second(), after: 6))
    #expect(lease.wrote(.changed(7)) == .none)
    #expect(lease.revision == 7)
  }

  @Test func `a change without an answer is read before anything else`() {
    var lease = lease()
    _ = lease.next()
    #expect(lease.wrote(.unanswered) == .read)
    // It was applied.
    #expect(lease.read(.found(Self.first.json, revision: 9)) == .none)
    #expect(lease.isStored)
    #expect(lease.revision == 9)
  }

  @Test func `a change that was not applied is made again`() {
    var lease = lease()
    _ = lease.next()
    _ = lease.wrote(.unanswered)
    #expect(lease.read(.missing(revision: 3)) == .write(Self.first, after: 3))
  }

  @Test func `a directory that does not answer is asked again`() {
    var lease = lease()
    _ = lease.next()
    _ = lease.wrote(.unanswered)
    #expect(lease.read(.unanswered) == .none)
    #expect(!lease.isKnown)
    #expect(lease.next() == .read)
    #expect(lease.read(.missing(revision: 0)) == .write(Self.first, after: 0))
  }

  @Test func `another server's record ends the lease`() {
    var lease = stored()
    lease.moved(to: "a.1", from: nil)
    _ = lease.next()
    #expect(lease.wrote(.conflict) == .read)
    #expect(lease.read(.found(SessionRecord(epoch: 2, gateway: "h.1").json, revision: 6)) == .lost)
  }

  @Test func `a claim of another loop of the same server is taken over`() {
    var lease = stored()
    lease.moved(to: "a.1", from: nil)
    _ = lease.next()
    _ = lease.wrote(.conflict)
    let record = SessionRecord(epoch: 3, gateway: "g.1", worker: "a.1")
    #expect(
      lease.read(.found(SessionRecord(epoch: 3, gateway: "g.1").json, revision: 6)) == .write(record, after: 6))
  }

  @Test func `a record that is old is written again`() {
    var lease = stored()
    lease.renew()
    #expect(lease.next() == .write(Self.first, after: 5))
    // The directory had forgotten it.
    #expect(lease.wrote(.conflict) == .read)
    #expect(lease.read(.missing(revision: 0)) == .write(Self.first, after: 0))
  }

  @Test func `a claim for a client that comes back changes neither worker nor a later epoch`() {
    var lease = stored()
    lease.moved(to: "a.1", from: nil)
    lease.moved(to: "b.1", from: CopyAge(epoch: 1, answered: 8))
    var claim = SessionLease(SessionRecord(epoch: 1, gateway: "g.1", worker: "a.1"), revision: 8)
    lease.claimed(claim)
    #expect(lease.next() == .write(Self.second(), after: 8))
    _ = lease.wrote(.changed(9))
    claim = SessionLease(Self.second(epoch: 7), revision: 10)
    lease.claimed(claim)
    #expect(lease.isStored)
    #expect(lease.record.epoch == 7)
  }

  @Test func `a move leaves the copy behind that was sent last, or keeps the one that the session came from`() {
    var record = SessionRecord(gateway: "g.1", worker: "a.1")
    let origin = CopyAge(epoch: record.epoch, answered: 8)
    record.claim(by: "h.1")
    record.goOn(from: origin)
    // Nothing was sent since the claim.
    record.move(to: "b.1", from: nil)
    #expect(record.since?.origin == origin)
    #expect(record.counts(origin))
    #expect(!record.counts(CopyAge(epoch: origin.epoch, answered: 9)))
    // The next claim is the same server's, which goes on, and sends nothing before it moves the session.
    let sent = CopyAge(epoch: record.epoch, answered: 12)
    record.claim(by: "h.1")
    record.move(to: "c.1", from: sent)
    #expect(record.counts(sent))
    #expect(!record.counts(CopyAge(epoch: sent.epoch, answered: 13)))
    #expect(!record.counts(origin))
  }

  @Test func `a claim is newer than each move that is not written yet`() {
    var (moved, claimed) = (SessionRecord(gateway: "g.1", worker: "a.1"), SessionRecord(gateway: "g.1", worker: "a.1"))
    claimed.claim(by: "h.1")
    for number in 1...1000 { moved.move(to: "b.\(number)", from: CopyAge(epoch: moved.epoch, answered: number)) }
    #expect(moved.epoch < claimed.epoch)
    let epoch = claimed.epoch
    claimed.claim(by: "i.1")
    #expect(claimed.epoch > epoch + 1000)
  }
}
