import Platform
import Streams
import Synchronization
import Web

/// What the loops of a server share. Everything else belongs to one loop.
///
/// A chunk on its way touches nothing of it, except the byte rates where those are limited: what a chunk changes is
/// published once a round, and with a single loop only on request.
final class SharedState: Sendable {
  let loops: Int
  let port: SharedPort
  /// The random id of this life of the gateway: with a client's number it identifies a stream everywhere.
  let gatewayID: UInt64
  let clientIDs: ClientIDs
  let access: SharedAccess
  let configuration: LiveConfiguration
  let sessions = SessionDirectory()
  let memory = MemoryTotal()
  let snapshots: LoopSnapshots
  let page: PageFiles
  let dialects: DialectList

  init(_ settings: ServerSettings) {
    loops = settings.loops
    clientIDs = ClientIDs(isAlone: settings.workers.broker == nil)
    port = SharedPort(servers: settings.loops)
    gatewayID = randomBytes(8).reduce(0) { $0 << 8 | UInt64($1) }
    access = SharedAccess(settings.entrance)
    configuration = LiveConfiguration(settings)
    snapshots = LoopSnapshots(loops: settings.loops)
    dialects = DialectList(settings.entrance.dialects)
    page = PageFiles(settings.entrance.page, isSecure: settings.entrance.certificate != nil)
  }
}

/// On which loop a session is, by its name.
struct SessionDirectory: ~Copyable, Sendable {
  struct Entry: Equatable, Sendable {
    var loop: Int
    var stream: UInt64
    var client = ClientIdentity()
  }

  private let entries = Mutex<[String: Entry]>([:])

  subscript(name: String) -> Entry? { entries.withLock { $0[name] } }

  /// Whether a client from there, with that token, has a session. Each is looked at: asked only where there is too much
  /// to do for a new one.
  func hasOne(of client: ClientIdentity) -> Bool { entries.withLock { $0.values.contains { $0.client == client } } }

  /// The session is there now.
  func set(_ name: String, to entry: Entry) { entries.withLock { $0[name] = entry } }

  /// The session of this stream is over on this loop.
  func remove(_ name: String, of stream: UInt64, on loop: Int) {
    entries.withLock { if let entry = $0[name], (entry.stream, entry.loop) == (stream, loop) { $0[name] = nil } }
  }
}

/// Bytes held by all loops.
struct MemoryTotal: ~Copyable, Sendable {
  private let held = Atomic<Int>(0)
  private let droppable = Atomic<Int>(0)

  /// A loop holds so much more; the total after that.
  func add(_ share: MemoryBudget.Share) -> MemoryBudget.Share {
    MemoryBudget.Share(
      bytes: held.wrappingAdd(share.bytes, ordering: .relaxed).newValue,
      droppableBytes: droppable.wrappingAdd(share.droppableBytes, ordering: .relaxed).newValue)
  }
}

/// The state of each loop, as last published.
struct LoopSnapshots: ~Copyable, Sendable {
  private let snapshots: Mutex<[LoopSnapshot]>

  init(loops: Int) { snapshots = Mutex(Array(repeating: LoopSnapshot(), count: loops)) }

  func publish(_ snapshot: LoopSnapshot, of loop: Int) { snapshots.withLock { $0[loop] = snapshot } }
  var all: [LoopSnapshot] { snapshots.withLock { $0 } }
}
