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
  /// A worker gives a copy, and takes a state, only for a claim that is later than the copy's.
  var claimsAreOrdered = true
  /// A copy has the answers since the state.
  var copiesHaveAnswers = true
  /// A worker ends the stream of the gateway from which a session was taken, and tells it.
  var losersAreTold = true
  /// A copy that lacks what its client has is refused.
  var copiesAreCompared = true
  /// A change of a record that was not answered is read before it is given up.
  var changesAreRead = true

  /// All but the one of this name.
  static func without(_ name: String) -> SimulatedRules {
    var rules = SimulatedRules()
    switch name {
    case "beats": rules.beatsNeedEcho = false
    case "gaps": rules.gapsBreakLinks = false
    case "suspects": rules.suspectsAreAlone = false
    case "returns": rules.returnsAreRecorded = false
    case "claims": rules.claimsAreOrdered = false
    case "answers": rules.copiesHaveAnswers = false
    case "losers": rules.losersAreTold = false
    case "comparison": rules.copiesAreCompared = false
    case "reading": rules.changesAreRead = false
    default: preconditionFailure("There is no rule \(name).")
    }
    return rules
  }
}

/// A worker's copies, without some of the rules.
final class SimulatedMirror: Mirror {
  private let rules: SimulatedRules

  init(_ rules: SimulatedRules) { self.rules = rules }

  override func isClaim(_ epoch: UInt64, by gateway: String, newerThan other: UInt64, by holder: String) -> Bool {
    !rules.claimsAreOrdered || super.isClaim(epoch, by: gateway, newerThan: other, by: holder)
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

  init(_ host: SimulatedHost, name: String, _ rules: SimulatedRules) {
    self.rules = rules
    super.init(broker: host, loop: host, name: name, timeout: .seconds(2), replicas: 1, log: .silent)
  }

  override func change(_ key: String, to record: [UInt8]?, after revision: UInt64, _ done: @escaping (Change) -> Void) {
    super.change(key, to: record, after: revision) { [rules] change in
      done(change == .unanswered && !rules.changesAreRead ? .conflict : change)
    }
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
