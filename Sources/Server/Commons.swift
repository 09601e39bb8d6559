import Glibc
import Synchronization
import WebSocket

/// What the loops of a server have in common. Everything else is its loop's own.
///
/// A chunk on its way touches nothing of it but, where bytes a second are limited, their count: what a chunk changes is told once
/// a round, and with one loop only when somebody asks.
final class Commons: Sendable {
  /// Where a session is that may be resumed.
  struct Place: Equatable, Sendable {
    var loop: Int
    var stream: UInt64
  }

  let loops: Int
  let port: SharedPort
  private let lastClientID: Atomic<Int>
  private let connected = Atomic<Int>(0)
  private let held = Atomic<Int>(0)
  private let limitsRates: Bool
  private let gatekeeper: Mutex<Gatekeeper>
  private let places = Mutex<[String: Place]>([:])
  private let shares: Mutex<[Share]>

  init(_ settings: ServerSettings) {
    loops = settings.loops
    port = SharedPort(servers: settings.loops)
    // Above every number a server started in an earlier second has given, as long as that gave fewer than 2^20 a second:
    // so an id is unique over restarts too. 2^51 at most until the year 2038, 2^53 is what JavaScript can hold.
    lastClientID = Atomic(time(nil) << 20)
    limitsRates = settings.entrance.bytesPerSecond > 0
    gatekeeper = Mutex(Gatekeeper(settings.entrance, tokens: nil, isOnLoopback: true))
    shares = Mutex(Array(repeating: Share(), count: settings.loops))
  }

  func nextClientID() -> Int { lastClientID.wrappingAdd(1, ordering: .relaxed).newValue }

  // MARK: Who comes in

  /// Open connections of all loops.
  var connections: Int { connected.load(ordering: .relaxed) }

  /// Asks the gatekeeper, or tells it something.
  func atTheGate<Result: Sendable>(_ body: (inout Gatekeeper) -> Result) -> Result {
    gatekeeper.withLock { body(&$0) }
  }

  func enter(_ visitor: Visitor, as connection: ObjectIdentifier) {
    connected.wrappingAdd(1, ordering: .relaxed)
    gatekeeper.withLock { $0.enter(visitor, as: connection) }
  }

  func leave(_ connection: ObjectIdentifier) {
    connected.wrappingSubtract(1, ordering: .relaxed)
    gatekeeper.withLock { $0.leave(connection) }
  }

  /// Bytes have come: how long to read no more from there.
  func charge(_ bytes: Int, to visitor: Visitor, at now: Duration) -> Duration {
    guard limitsRates else { return .zero }
    return gatekeeper.withLock { $0.charge(bytes, to: visitor, at: now) }
  }

  // MARK: Where sessions are

  /// The session of that name; nil when there is none, or no longer.
  func place(of session: String) -> Place? { places.withLock { $0[session] } }

  /// A session is there now, or, with nil, nowhere any more.
  func put(_ session: String, at place: Place?) { places.withLock { $0[session] = place } }

  // MARK: What is told once a round

  /// A loop holds so many bytes of sound more, or fewer; what all hold together then.
  func hold(_ bytes: Int) -> Int { held.wrappingAdd(bytes, ordering: .relaxed).newValue }

  /// How things are on a loop.
  func publish(_ share: Share, of loop: Int) { shares.withLock { $0[loop] = share } }

  /// How things are on each loop, as it told last.
  var all: [Share] { shares.withLock { $0 } }
}

/// How things are on one loop, and what it has done.
struct Share: Sendable {
  var tally = Tally()
  var clients = 0
  var away = 0
  var workers: [Report.Worker] = []
  /// One of its workers has measured something lately.
  var isAnswering = false
}
