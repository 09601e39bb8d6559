import Streams
import WorkerLink

/// The sessions of one loop that other servers can take, and those that it is taking.
final class HandoverTable {
  /// Age of records, in ticks, at which they are written again.
  static let renewalTicks = 600
  /// Time that a worker has to send its copy, and all others.
  static let takingTime = Duration.seconds(1)
  static let collectingTime = Duration.milliseconds(500)

  /// The ones that are here.
  private(set) var sessions: [SessionKey: Session] = [:]
  /// Those that begin when the directory has them.
  var beginning: [SessionKey: StreamActions] = [:]
  /// Those whose client has come here.
  var runs: [SessionKey: HandoverRun] = [:]
  /// Copies of sessions that another server has taken, for a while: its worker may be gone.
  private(set) var fenced: [SessionKey: (image: [UInt8], epoch: UInt64)] = [:]
  private var fencedBytes = 0
  /// Used for each state that is sent.
  var writer = StateWriter()
  /// The server ends: sessions are left to others as they are.
  var isFrozen = false
  /// Once a second.
  var ticks = 0
  /// Whether the directory could be asked at the last one.
  var hadBucket = true

  /// The ones whose record is to be written or read, in a fixed order.
  var unstored: [SessionKey] {
    sessions.filter { $0.value.copies.mirror?.lease.needsDirectory == true }.sorted { $0.value.id < $1.value.id }
      .map(\.key)
  }

  /// Bytes of such copies, above which no more are kept.
  private static let mostFencedBytes = 64 << 20

  /// Keeps the copy of a session that another server has taken.
  /// - Returns: false if there is no room.
  func keep(_ image: [UInt8], epoch: UInt64, of key: SessionKey) -> Bool {
    drop(key)
    guard fencedBytes + image.count <= Self.mostFencedBytes else { return false }
    fencedBytes += image.count
    fenced[key] = (image, epoch)
    return true
  }

  /// - Parameter epoch: of the copy that is meant; nil: any.
  func drop(_ key: SessionKey, epoch: UInt64? = nil) {
    guard let copy = fenced[key], copy.epoch == epoch ?? copy.epoch else { return }
    fencedBytes -= copy.image.count
    fenced[key] = nil
  }

  func add(_ session: Session) { if let key = session.copies.mirror?.key { sessions[key] = session } }
  func remove(_ key: SessionKey) {
    sessions[key] = nil
    beginning[key] = nil
  }
}

/// A session on its way here.
final class HandoverRun {
  let key: SessionKey
  var handover: Handover<Session>
  /// The request for it.
  var resume: RoutedResume
  /// The pieces that have come, by their sender.
  private var parts: [String: [UInt8]] = [:]
  private var complete: Set<String> = []
  /// Slots that were asked.
  var asked: Set<Int> = []
  /// Copies received so far, with their source.
  var copies: [(session: Session, source: CopySource)] = []

  init(_ key: SessionKey, _ handover: Handover<Session>, for resume: RoutedResume) {
    self.key = key
    self.handover = handover
    self.resume = resume
  }

  /// Bytes of a copy: more than a stream may hold.
  private static let longestCopy = 128 << 20

  /// Takes a piece; the whole copy with the last one. Each source gives one.
  func take(_ piece: StatePiece, from source: String) -> [UInt8]? {
    guard !complete.contains(source) else { return nil }
    if piece.isFirst { parts[source] = [] }
    guard parts[source].map({ $0.count + piece.bytes.count <= Self.longestCopy }) == true else {
      parts[source] = nil
      return nil
    }
    parts[source]?.append(contentsOf: piece.bytes)
    guard piece.isLast else { return nil }
    complete.insert(source)
    return parts.removeValue(forKey: source)
  }
}
