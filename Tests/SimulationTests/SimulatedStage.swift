import Support

@testable import Server
@testable import Streams

/// A run of a scenario.
struct StagedRun {
  var rules: SimulatedRules
  var seed: Seed
  var isTraced = false
}

/// One client, some gateways, machines with a worker each, and faults that a test brings about one after another: for
/// what chance brings together too rarely.
final class SimulatedStage {
  let clock: SimulatedClock
  let broker: SimulatedBroker
  let gateways: [SimulatedGateway]
  let machines: [SimulatedMachine]
  /// The gateway that the client is sent to; nil: it has to wait.
  var entrance: Int?
  private var clients: [SimulatedClient] = []

  /// - Parameters:
  ///   - machines: each with a worker.
  ///   - canTry: whether gateways' own workers have the engine.
  init(_ run: StagedRun, gateways: Int, machines: Int, canTry: Bool = true) {
    let (clock, rules) = (SimulatedClock(run.seed, isTraced: run.isTraced), run.rules)
    let broker = SimulatedBroker(clock)
    (self.clock, self.broker) = (clock, broker)
    self.gateways = (0..<gateways).map {
      SimulatedGateway("g\($0)", life: $0 + 1, clock, broker, rules, canTry: canTry) { _ in }
    }
    self.machines = (0..<machines).map {
      SimulatedMachine("m\($0)", workers: 1, capacity: 5, clock, broker, rules)
    }
    wait { self.gateways.allSatisfy { $0.distant.hasHeardAll && $0.distant.keeperSlots.count == machines } }
    clients = [
      SimulatedClient(0, isContinuous: true, chunks: 60, clock) { [unowned self] _ in
        entrance.map { self.gateways[$0] }
      }
    ]
    client.mayFail = !canTry
    client.limit = 0
  }

  var client: SimulatedClient { clients[0] }

  /// The session, if this gateway has it.
  func session(at gateway: Int) -> Session? { gateways[gateway].handovers.sessions.values.first }

  /// Chunks of the session that this gateway has, and has no answers to.
  func unanswered(at gateway: Int) -> Int { session(at: gateway)?.stream.account.inFlightChunks ?? 0 }

  /// The machine on which the gateway has the session's stream.
  func home(from gateway: Int) -> Int? {
    session(at: gateway)?.copies.mirror?.slot.flatMap { gateways[gateway].distant.fleet.name($0) }.flatMap { name in
      machines.firstIndex { name.hasPrefix("\($0.name).") }
    }
  }

  /// The gateway that the directory was last told of.
  var recorded: String {
    broker.directory.history.last?.flatMap { SessionRecord(json: $0)?.gateway } ?? ""
  }

  // MARK: Time

  /// Lets everything happen until this is so.
  /// - Parameter otherwise: the promise that is broken if that never comes.
  func wait(_ otherwise: String = "what is awaited does not happen", until isSo: () -> Bool) {
    let end = clock.now + 60_000_000
    while !isSo() { if !clock.step(until: end) { return clock.fail(otherwise) } }
  }

  func wait(milliseconds: Int) {
    let end = clock.now + 1000 * milliseconds
    while clock.step(until: end) {}
  }

  /// The client has so many chunks, and waits for the answers.
  func answer(_ chunks: Int, from gateway: Int) {
    entrance = gateway
    client.limit = chunks
    wait { client.answered == chunks && session(at: gateway) != nil }
  }

  /// The client's connection breaks, and it goes to this gateway; nil: it has to wait.
  func move(to gateway: Int?) {
    entrance = gateway
    client.breakConnection()
  }

  // MARK: Faults

  /// The worker of this machine stands still as soon as it has got the session from this gateway, and crashes with
  /// what it has got. That can't be tried, so the first chunk fails. Then the gateway ends.
  func fail(machine: Int, gateway: Int) {
    let worker = machines[machine].workers.first
    wait { home(from: gateway) == machine && session(at: gateway)?.stream.placement.activeSlot != nil }
    worker?.stop(until: .max)
    wait(milliseconds: 50)
    if let worker { machines[machine].kill(worker, isCrash: true) }
    wait(milliseconds: 10)
    machines[machine].isolate(until: clock.now + 60_000_000)
    wait { client.failed > 0 }
    entrance = nil
    gateways[gateway].kill()
  }

  /// Lets the client send the rest.
  /// - Parameter mayBegin: whether all copies of its session were lost.
  /// - Returns: the promise that was broken, or nil.
  func end(mayBegin: Bool = false) -> String? {
    client.limit = .max
    wait("the client waits for ever") { client.isDone }
    let problem = clock.broken ?? (client.begunAnew > 0 && !mayBegin ? "the session was begun anew" : nil)
    clock.end()
    for gateway in gateways { gateway.end() }
    for machine in machines { machine.end() }
    return problem
  }
}
