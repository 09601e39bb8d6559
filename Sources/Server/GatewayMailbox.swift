import IO

/// The way to a gateway from other loops: jobs that run on its thread.
final class GatewayMailbox: @unchecked Sendable {
  private let gate: LoopGate
  /// Touched by its jobs alone, which run on its own thread. The service keeps it until every loop has ended.
  private unowned let gateway: Gateway

  init(to gateway: Gateway) {
    self.gateway = gateway
    gate = gateway.loop.gate
  }

  /// Runs a job on the gateway's thread; the jobs of one loop run in the order submitted.
  func submit(_ job: @escaping @Sendable (Gateway) -> Void) {
    gate.submit { [self] in job(gateway) }
  }
}
