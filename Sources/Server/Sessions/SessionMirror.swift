import Streams
import WorkerLink

/// The other copy of a session, at its worker: what that has been sent, and when it is to be sent more. An object: most
/// sessions have none, and do without its memory.
final class SessionMirror {
  let key: SessionKey
  var lease: SessionLease
  /// The worker's place; nil before there is a copy.
  private(set) var slot: Int?
  /// The place of the worker before, which has an older copy.
  private var former: Int?
  /// The record does not name this place's worker yet, or names it for another loop.
  private var isMoving = false
  /// The part of the state that was sent.
  var cursor = StateCursor()
  /// Chunks and answers since the last state, which whoever takes the copy has to go through again.
  private var events = 0
  /// Bytes sent since the state was last sent in full, and of that.
  private var changeBytes = 0
  private var fullBytes = 0
  /// Of the state that was sent last.
  private var sentEpoch: UInt64?
  /// Something was decided that the worker can't know.
  private var isDue = false

  init(_ key: SessionKey, _ lease: SessionLease) {
    self.key = key
    self.lease = lease
  }

  private static let mostEvents = 64
  private static let changeBytes = 64 << 10

  /// A worker gets the stream from here on; all of the state is sent first.
  func begin(in slot: Int) {
    if self.slot != slot {
      former = self.slot
      isMoving = true
    }
    self.slot = slot
    cursor = StateCursor()
  }

  /// The state, with so many answers, is about to be sent to this worker. - Returns: whether the record has to say so.
  func move(to worker: String, answered: Int) -> Bool {
    guard isMoving || lease.record.worker != worker else { return false }
    isMoving = false
    lease.moved(to: worker, from: sentEpoch.map { CopyAge(epoch: $0, answered: answered) })
    return true
  }

  /// The place of the worker whose copy is of no more use, once.
  func takeFormer() -> Int? {
    defer { former = nil }
    return former
  }

  /// Has something happen to its record.
  func advance(_ event: (inout SessionLease) -> SessionLease.Action) -> SessionLease.Action { event(&lease) }

  /// The worker has no copy that counts.
  func end() { slot = nil }

  /// A chunk was sent, or an answer came.
  func count() { events += 1 }

  /// The gateway has decided something alone.
  func decided() { isDue = true }

  /// Whether the state is to be sent now.
  var isStale: Bool { slot != nil && (isDue || events >= Self.mostEvents) }

  /// Whether nothing of the state was sent there yet.
  var isEmpty: Bool { cursor == StateCursor() }

  /// Whether all of it is to be sent, in the place of ever more changes.
  var needsAll: Bool { isEmpty || changeBytes > max(Self.changeBytes, 2 * fullBytes) }

  /// So many bytes of state were sent.
  func sent(_ bytes: Int, isFull: Bool) {
    events = 0
    isDue = false
    sentEpoch = lease.record.epoch
    fullBytes = isFull ? bytes : fullBytes
    changeBytes = isFull ? 0 : changeBytes + bytes
  }
}
