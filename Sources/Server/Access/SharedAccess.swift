import Dialects
import Synchronization

/// Access control for all loops, and the count of open connections.
struct SharedAccess: ~Copyable, Sendable {
  private let control: Mutex<AccessControl>
  private let connected = Atomic<Int>(0)
  /// Whether `charge` may ever have a client wait.
  var limitsRates: Bool { bytesPerSecond.load(ordering: .relaxed) > 0 }
  private let bytesPerSecond: Atomic<Int>

  init(_ settings: EntranceSettings) {
    control = Mutex(AccessControl(settings, tokens: nil, isOnLoopback: true))
    bytesPerSecond = Atomic(settings.bytesPerSecond)
  }

  /// The settings have changed.
  func update(_ settings: EntranceSettings) {
    bytesPerSecond.store(settings.bytesPerSecond, ordering: .relaxed)
    control.withLock { $0.update(settings) }
  }

  /// Open connections of all loops.
  var connections: Int { connected.load(ordering: .relaxed) }

  func withControl<Result: Sendable>(_ body: (inout AccessControl) -> Result) -> Result {
    control.withLock { body(&$0) }
  }

  func opened(_ connection: ObjectIdentifier, by client: ClientIdentity) {
    connected.wrappingAdd(1, ordering: .relaxed)
    control.withLock { $0.opened(connection, by: client) }
  }

  func closed(_ connection: ObjectIdentifier) {
    connected.wrappingSubtract(1, ordering: .relaxed)
    control.withLock { $0.closed(connection) }
  }

  /// Bytes arrived: how long not to read more from there.
  func charge(_ bytes: Int, to client: ClientIdentity, at now: Duration) -> Duration {
    guard limitsRates else { return .zero }
    return control.withLock { $0.charge(bytes, to: client, at: now) }
  }
}
