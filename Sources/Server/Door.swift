import IO
import WebSocket

/// The way to a gateway from other loops.
final class Door: @unchecked Sendable {
  private let gate: LoopGate
  /// Touched by its jobs alone, which run on its own thread. The service keeps it until every loop has ended.
  private unowned let gateway: Gateway

  init(to gateway: Gateway) {
    self.gateway = gateway
    gate = gateway.loop.gate
  }

  /// Runs a job on the gateway's thread; jobs of one loop in the order it gave them.
  func submit(_ job: @escaping @Sendable (Gateway) -> Void) {
    gate.submit { [self] in job(gateway) }
  }
}
