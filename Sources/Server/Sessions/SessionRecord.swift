import JSON
import WorkerLink

/// The place of a session, as the directory has it.
struct SessionRecord: Equatable, Sendable {
  /// Rises with each claim of a gateway, and by less when the gateway moves the session to another worker: that is
  /// written later, and another gateway's claim must be newer all the same.
  private(set) var epoch: UInt64
  /// The point from which the session went on elsewhere.
  private(set) var since: Since?
  /// The server that has it.
  var gateway: String
  /// The worker with the other copy; empty before the first chunk.
  var worker: String
  /// The other copy itself, while no worker has it; see `SessionImage`.
  var image: [UInt8]?

  /// A point from which a session went on elsewhere. Answers that older copies have beyond it were made again since,
  /// perhaps to another end.
  struct Since: Equatable, Sendable {
    /// Copies of this epoch and later ones count.
    var epoch: UInt64
    /// The copy that the session went on from. It counts, too.
    var origin: CopyAge
  }

  private static let claimStep: UInt64 = 1 << 16

  init(epoch: UInt64 = 1, since: Since? = nil, gateway: String, worker: String = "", image: [UInt8]? = nil) {
    self.epoch = epoch
    self.since = since
    self.gateway = gateway
    self.worker = worker
    self.image = image
  }

  /// Nil for bytes that are no record.
  init?(json: [UInt8]) {
    guard let value = try? JSONValue(parsing: String(decoding: json, as: UTF8.self)),
      let epoch = value["epoch"]?.integer, (1...1 << 48).contains(epoch), let gateway = value["gateway"]?.string,
      let worker = value["worker"]?.string
    else { return nil }
    let image = value["image"]?.string.flatMap { [UInt8](hexadecimal: $0) }
    self.init(
      epoch: UInt64(epoch), since: value["since"].flatMap(Since.init), gateway: gateway, worker: worker, image: image)
  }

  var json: [UInt8] {
    var object = JSONObject()
    object.add("epoch", Int(clamping: epoch))
    object.add("gateway", gateway)
    object.add("worker", worker)
    if let since {
      object.add("since") {
        $0.add("epoch", Int(clamping: since.epoch))
        $0.add("origin", Int(clamping: since.origin.epoch))
        $0.add("answered", since.origin.answered)
      }
    }
    if let image { object.add("image", image.hexadecimal) }
    return object.bytes
  }

  /// A gateway takes the session, or goes on with it.
  mutating func claim(by gateway: String) {
    self.gateway = gateway
    epoch = (epoch / Self.claimStep + 1) * Self.claimStep
  }

  /// The session goes on from this copy, and from no other.
  mutating func goOn(from copy: CopyAge) { since = Since(epoch: epoch, origin: copy) }

  /// Another worker gets the session.
  /// - Parameter copy: the one of the worker before, with the answers that its gateway has; nil: none was sent.
  mutating func move(to worker: String, from copy: CopyAge?) {
    // The first one changes nothing: there is no other copy.
    if !self.worker.isEmpty {
      epoch += 1
      // If none was sent since the session went on here, that still counts from which it did.
      let sent = copy.flatMap { $0.epoch >= since?.epoch ?? 0 ? $0 : nil }
      if let origin = sent ?? since?.origin { goOn(from: origin) }
    }
    self.worker = worker
    image = nil
  }

  /// The session has been claimed with this epoch.
  mutating func raiseEpoch(to claim: UInt64) { epoch = max(epoch, claim) }

  /// Whether a copy is of the session as it went on.
  func counts(_ copy: CopyAge) -> Bool {
    guard let since else { return true }
    return copy.epoch >= since.epoch || copy.epoch == since.origin.epoch && copy.answered <= since.origin.answered
  }
}

extension SessionRecord.Since {
  fileprivate init?(_ value: JSONValue) {
    guard let epoch = value["epoch"]?.integer, let origin = value["origin"]?.integer,
      let answered = value["answered"]?.integer, epoch > 0, origin > 0
    else { return nil }
    self.init(epoch: UInt64(epoch), origin: CopyAge(epoch: UInt64(origin), answered: answered))
  }
}

/// The age of a session's copy: the epoch of its state, and the chunk that is answered last in it.
struct CopyAge: Comparable, Sendable {
  var epoch: UInt64
  var answered: Int

  static func < (one: CopyAge, other: CopyAge) -> Bool { (one.epoch, one.answered) < (other.epoch, other.answered) }
}

extension SessionKey {
  /// Of a session: a name alone finds it only for clients with the same token.
  init(session name: String, of holder: String?) {
    guard let key = SessionKey(SHA256.digest(of: Array("\(holder ?? "")\n\(name)".utf8))) else {
      preconditionFailure("A SHA-256 has 32 bytes.")
    }
    self = key
  }

  var text: String { bytes.hexadecimal }
}
