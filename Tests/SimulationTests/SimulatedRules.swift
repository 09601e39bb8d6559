import Platform
import Recognition
import WorkerLink

@testable import Server
@testable import Transports
@testable import Worker

/// Rules of the product that a simulation can do without, to show that a promise is broken then.
struct SimulatedRules {
  /// Workers are silent only in beats in which the gateway heard its own echo.
  var beatsNeedEcho = true
  /// A message that does not begin where the last one ended breaks the link.
  var gapsBreakLinks = true
  /// Chunks that were in flight with a worker when that crashed are tried by the gateway's own, alone.
  var suspectsAreAlone = true
  /// A session's record is changed at each return of its client, also where the session is at hand.
  var returnsAreRecorded = true
  /// Messages that follow a client's request for a session are held until the session is there.
  var returnsAreHeld = true
  /// A gateway gives its session up when the record names another gateway.
  var oldSessionsAreGivenUp = true
  /// A record is read again after a change of it that was not answered.
  var changesAreRead = true
  /// A worker gives a copy, and takes a state, only for a claim that is not older than the copy's.
  var claimsAreOrdered = true
  /// A claim of the same epoch counts only if it is of the same gateway.
  var claimsAreUnique = true
  /// A copy that the session has left behind is refused.
  var oldCopiesAreRefused = true
  /// A copy has the answers since the state.
  var copiesHaveAnswers = true
  /// A worker ends the stream of the gateway from which a session was taken, and tells it.
  var losersAreTold = true
  /// A copy that lacks what its client has is refused.
  var copiesAreCompared = true

  /// All but the one of this name.
  static func without(_ name: String) -> SimulatedRules {
    var rules = SimulatedRules()
    switch name {
    case "beats": rules.beatsNeedEcho = false
    case "gaps": rules.gapsBreakLinks = false
    case "suspects": rules.suspectsAreAlone = false
    case "returns": rules.returnsAreRecorded = false
    case "holding": rules.returnsAreHeld = false
    case "reading": rules.changesAreRead = false
    case "old sessions": rules.oldSessionsAreGivenUp = false
    case "claims": rules.claimsAreOrdered = false
    case "same claims": rules.claimsAreUnique = false
    case "old copies": rules.oldCopiesAreRefused = false
    case "answers": rules.copiesHaveAnswers = false
    case "losers": rules.losersAreTold = false
    case "comparison": rules.copiesAreCompared = false
    default: preconditionFailure("There is no rule \(name).")
    }
    return rules
  }
}

/// A worker's copies, without some of the rules.
final class SimulatedMirror: Mirror {
  private let rules: SimulatedRules

  init(_ rules: SimulatedRules) {
    self.rules = rules
    super.init()
  }

  override func isClaim(_ epoch: UInt64, by gateway: String, newerThan other: UInt64, by holder: String) -> Bool {
    if !rules.claimsAreOrdered { return true }
    return super.isClaim(epoch, by: gateway, newerThan: other, by: rules.claimsAreUnique ? holder : gateway)
  }

  override func replied(_ stream: StreamID, _ frame: UnsafeRawBufferPointer, to gateway: String) {
    if rules.copiesHaveAnswers { super.replied(stream, frame, to: gateway) }
  }

  override func take(_ key: SessionKey, epoch: UInt64, by gateway: String, now: Duration) -> Taking {
    let taking = super.take(key, epoch: epoch, by: gateway, now: now)
    guard !rules.losersAreTold, case .image(let image, let epoch, _) = taking else { return taking }
    return .image(image, epoch: epoch, from: nil)
  }
}

/// A gateway's way to the directory, without some of the rules.
final class SimulatedBucket: SessionBucket {
  private let rules: SimulatedRules
  private let host: SimulatedHost
  /// Records as they were read last, and keys of which a change had no answer since.
  private var known: [String: Reading] = [:]
  private var doubtful: Set<String> = []

  init(_ host: SimulatedHost, name: String, _ rules: SimulatedRules) {
    self.rules = rules
    self.host = host
    super.init(broker: host, loop: host, name: name, timeout: .seconds(2), replicas: 1, log: .silent)
  }

  override func read(_ key: String, _ done: @escaping (Reading) -> Void) {
    if !rules.changesAreRead, doubtful.contains(key), let reading = known[key] {
      return host.call(after: .zero) { done(reading) }
    }
    super.read(key) { [self] reading in
      known[key] = reading
      done(rules.oldCopiesAreRefused ? reading : Self.withoutSince(reading))
    }
  }

  override func change(_ key: String, to record: [UInt8]?, after revision: UInt64, _ done: @escaping (Change) -> Void) {
    super.change(key, to: record, after: revision) { [self] change in
      if change == .unanswered { doubtful.insert(key) }
      done(change)
    }
  }

  private static func withoutSince(_ reading: Reading) -> Reading {
    guard case .found(let bytes, let revision) = reading, let record = SessionRecord(json: bytes) else {
      return reading
    }
    let plain = SessionRecord(
      epoch: record.epoch, gateway: record.gateway, worker: record.worker, image: record.image)
    return .found(plain.json, revision: revision)
  }
}

/// Takes gaps in links for none: each message claims to begin where the last one ended.
struct LinkGaps {
  private var heard: [String: (link: UInt64, bytes: UInt64)] = [:]

  mutating func close(in message: inout [UInt8], from sender: String) {
    guard let header = message.withUnsafeBytes({ BrokerLink.Header($0) }), !header.isEnd else { return }
    var state = heard[sender] ?? (header.link, 0)
    if header.link > state.link { state = (header.link, 0) }
    if header.link == state.link {
      let closed = BrokerLink.Header(link: header.link, offset: state.bytes, heard: header.heard)
      closed.withBytes { message.replaceSubrange(..<BrokerLink.headerBytes, with: $0) }
      state.bytes += UInt64(message.count - BrokerLink.headerBytes)
    }
    heard[sender] = state
  }
}
