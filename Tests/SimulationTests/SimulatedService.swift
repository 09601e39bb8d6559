import Support

@testable import Server

/// A whole service on one clock: a broker, gateways, machines with workers, clients, and faults of all of them.
final class SimulatedService {
  /// What may happen.
  struct Faults: OptionSet {
    let rawValue: Int
    static let workers = Faults(rawValue: 1)
    static let machines = Faults(rawValue: 2)
    static let gateways = Faults(rawValue: 4)
    static let brokers = Faults(rawValue: 8)
    static let clients = Faults(rawValue: 16)
    /// Messages are lost and doubled.
    static let messages = Faults(rawValue: 32)
    /// What says nothing of the workers: a gateway that does not hear its broker for a while.
    static let deafness = Faults(rawValue: 64)
    /// Chunks that end workers.
    static let poison = Faults(rawValue: 128)
    /// The broker forgets where sessions are.
    static let oblivion = Faults(rawValue: 256)
    /// One fault, and no more.
    static let single = Faults(rawValue: 512)
    /// Clients go from gateway to gateway, and those stand still or do not hear the broker: each has old sessions.
    static let rivals = Faults(rawValue: 1024)
    static let all: Faults = [
      .workers, .machines, .gateways, .brokers, .clients, .messages, .deafness, .poison, .oblivion,
    ]
  }

  let clock: SimulatedClock
  private let broker: SimulatedBroker
  private let rules: SimulatedRules
  private let faults: Faults
  private var gateways: [SimulatedGateway] = []
  private var machines: [SimulatedMachine] = []
  private var clients: [SimulatedClient] = []
  /// Processes that are gone: what was under way to them may still come.
  private var graveyard: [SimulatedGateway] = []
  private var lives = 0
  private var happened = 0

  /// Faults happen until then, in microseconds; then everything is to be answered.
  private static let faultTime = 4_000_000
  private static let patience = 120_000_000

  init(_ seed: Seed, faults: Faults = .all, rules: SimulatedRules = SimulatedRules(), isTraced: Bool = false) {
    clock = SimulatedClock(seed, isTraced: isTraced)
    broker = SimulatedBroker(clock)
    self.rules = rules
    let clients = 1 + clock.draw(5)
    let victim = faults.contains(.poison) && clock.happens(oneIn: 3) ? clock.draw(clients) : nil
    // Where a session begins with the chunk that ends workers, its recognizer begins behind it: those are not compared.
    self.faults = victim == nil ? faults : faults.subtracting([.gateways, .oblivion])
    if faults.contains(.messages), clock.happens(oneIn: 2) {
      broker.manners = .init(
        oneLostIn: [0, 100, 1000][clock.draw(3)], oneDoubledIn: [0, 100, 1000][clock.draw(3)])
    }
    let rivals = faults.contains(.rivals) ? 1 : 0
    if rivals > 0 { broker.manners = .init(oneLostIn: [0, 50, 300][clock.draw(3)]) }
    for number in 0...(victim == nil ? clock.draw(2) + rivals : 0) { gateways.append(gateway("g\(number)")) }
    for number in 0...clock.draw(3) {
      machines.append(
        SimulatedMachine("m\(number)", workers: 1 + clock.draw(2), capacity: 5, clock, broker, rules))
    }
    for number in 0..<clients {
      let isContinuous = number == victim || clock.happens(oneIn: 2)
      self.clients.append(
        SimulatedClient(
          number, isContinuous: isContinuous, chunks: 10 + clock.draw(40) + 40 * rivals,
          poison: number == victim ? 2 + clock.draw(9) : nil, clock
        ) { [unowned self] in choose($0) })
    }
    fault(after: 300_000)
  }

  private func gateway(_ machine: String) -> SimulatedGateway {
    lives += 1
    return SimulatedGateway(machine, life: lives, clock, broker, rules) { [unowned self] name in
      for client in clients where client.has(name) { client.missesWords = true }
    }
  }

  /// As a balancer does, which does not know where a client's session is; mostly it comes to the same, if that is well.
  private func choose(_ last: SimulatedGateway?) -> SimulatedGateway? {
    if !faults.contains(.rivals), let last, last.isReady, clock.draw(4) > 0 { return last }
    let ready = gateways.filter(\.isReady)
    let choice = ready.isEmpty || clock.happens(oneIn: 8) ? gateways.filter(\.isAlive) : ready
    return choice.isEmpty ? nil : choice[clock.draw(choice.count)]
  }

  /// Workers of machines that ended by their own doing.
  var crashes: Int { machines.reduce(0) { $0 + $1.crashes } }
  /// As gateways saw it, their own workers included.
  var lostWorkers: Int { (gateways + graveyard).reduce(0) { $0 + $1.counters.losses.workers } }
  /// Sessions that clients had to begin because the one before was gone.
  var begunAnew: Int { clients.reduce(0) { $0 + $1.begunAnew } }

  /// With one fault all sessions go on.
  var anewProblem: String? {
    faults.contains(.single) && begunAnew > 0 ? "\(begunAnew) sessions were begun anew after one fault" : nil
  }

  /// What has happened in some runs.
  struct Figures {
    var (events, faults, lostWorkers, crashes, clients, sessions) = (0, 0, 0, 0, 0, 0)
    var (begunAnew, resumed, taken, fenced) = (0, 0, 0, 0)
    /// Runs that broke a promise.
    var broken = 0

    static func += (figures: inout Figures, more: Figures) {
      figures.events += more.events
      figures.faults += more.faults
      figures.lostWorkers += more.lostWorkers
      figures.crashes += more.crashes
      figures.clients += more.clients
      figures.sessions += more.sessions
      figures.begunAnew += more.begunAnew
      figures.broken += more.broken
      figures.resumed += more.resumed
      figures.taken += more.taken
      figures.fenced += more.fenced
    }
  }

  var figures: Figures {
    var figures = Figures()
    (figures.events, figures.faults) = (clock.events, happened)
    (figures.lostWorkers, figures.crashes) = (lostWorkers, crashes)
    (figures.clients, figures.sessions) = (clients.count, clients.reduce(0) { $0 + $1.sessions })
    figures.begunAnew = begunAnew
    for gateway in gateways + graveyard {
      figures.resumed += gateway.counters.sessions.resumed
      figures.taken += gateway.counters.sessions.takenInAll
      figures.fenced += gateway.counters.sessions.fenced
    }
    return figures
  }

  // MARK: Faults

  private func fault(after pause: Int) {
    clock.after(pause) { [self] in
      guard clock.now < Self.faultTime, !faults.contains(.single) || happened == 0 else { return heal() }
      if faults.contains(.rivals) { rival() } else { one() }
      fault(after: clock.draw(in: 10_000..<(faults.contains(.rivals) ? 100_000 : 700_000)))
    }
  }

  private func heal() {
    clock.note("no more faults")
    broker.manners = .init()
  }

  private func one() {
    happened += 1
    let end = clock.now + clock.draw(in: 50_000..<3_000_000)
    let gateway = gateways[clock.draw(gateways.count)]
    switch clock.draw(14) {
    case 0, 1, 2: if faults.contains(.workers) { hurtWorker(until: end) }
    case 3: if faults.contains(.machines) { machines[clock.draw(machines.count)].isolate(until: end) }
    case 4, 5: if faults.contains(.gateways) { replaceGateway(isTold: clock.happens(oneIn: 3)) }
    case 6:
      if faults.contains(.gateways) {
        gateway.stop(until: end)
        leave(gateway, until: end)
      }
    case 7: if faults.contains(.brokers) { broker.restart(after: clock.draw(in: 50_000..<1_500_000)) }
    case 8:
      if faults.contains(.brokers) {
        clock.note("gateway \(gateway.machine)'s connection to the broker breaks")
        gateway.host.breakBroker()
      }
    case 9:
      if faults.contains(.deafness) {
        clock.note("gateway \(gateway.machine) does not hear the broker until \(end)")
        gateway.host.holdBroker(until: end)
        leave(gateway, until: end)
      }
    case 10:
      if faults.contains(.brokers) {
        clock.note("gateway \(gateway.machine) is cut off from the broker")
        gateway.host.deafen()
        leave(gateway, until: end)
      }
    case 11: if faults.contains(.oblivion), clock.happens(oneIn: 4) { broker.forget() }
    default: if faults.contains(.clients) { clients[clock.draw(clients.count)].breakConnection() }
    }
  }

  private func rival() {
    happened += 1
    let end = clock.now + clock.draw(in: 50_000..<1_500_000)
    let gateway = gateways[clock.draw(gateways.count)]
    switch clock.draw(10) {
    case 0:
      gateway.stop(until: end)
      leave(gateway, until: end)
    case 1, 2:
      clock.note("gateway \(gateway.machine) does not hear the broker until \(end)")
      gateway.host.holdBroker(until: end)
      leave(gateway, until: end)
    case 3:
      clock.note("gateway \(gateway.machine)'s connection to the broker breaks")
      gateway.host.breakBroker()
    case 4: hurtWorker(until: end)
    default: clients[clock.draw(clients.count)].breakConnection()
    }
  }

  /// The balancer may notice that a gateway is not well.
  private func leave(_ gateway: SimulatedGateway, until end: Int) {
    guard clock.happens(oneIn: 2) else { return }
    clock.after(clock.draw(end - clock.now)) { gateway.beLeft() }
  }

  private func hurtWorker(until end: Int) {
    let machine = machines[clock.draw(machines.count)]
    guard !machine.workers.isEmpty else { return }
    let worker = machine.workers[clock.draw(machine.workers.count)]
    switch clock.draw(5) {
    case 0: machine.kill(worker, isCrash: true)
    case 1: machine.kill(worker, isCrash: false)
    case 2:
      clock.note("worker \(worker.name) stands still until \(end)")
      worker.stop(until: end)
      worker.connection?.hold(until: end)
    case 3:
      clock.note("worker \(worker.name) gets SIGTERM")
      worker.terminate()
    default:
      clock.note("the connection of worker \(worker.name) breaks")
      worker.connection?.breakDown()
    }
  }

  /// - Parameter isTold: it may close its connections before it ends.
  private func replaceGateway(isTold: Bool) {
    let index = clock.draw(gateways.count)
    let gateway = gateways[index]
    guard gateway.isAlive else { return }
    if isTold { gateway.terminate() }
    clock.after(isTold ? clock.draw(in: 1_000..<200_000) : 0) { [self] in
      guard gateway.isAlive else { return }
      gateway.kill()
      graveyard.append(gateway)
      clock.after(clock.draw(in: 100_000..<1_000_000)) { [self] in
        clock.note("gateway \(gateway.machine) is started")
        gateways[index] = self.gateway(gateway.machine)
      }
    }
  }

  // MARK: A run

  /// Lets everything happen; the promise that was broken, or nil.
  func run() -> String? {
    while clients.contains(where: { !$0.isDone }), clock.step(until: Self.patience) {}
    if clock.broken == nil, let waiting = clients.first(where: { !$0.isDone }) {
      clock.fail("client \(waiting.number) waits for ever")
    }
    // What was said last arrives, and what was given is taken back.
    let end = clock.now + 3_000_000
    while clock.step(until: end) {}
    for gateway in gateways where gateway.isAlive && clock.broken == nil {
      clock.check(gateway.isCounted, "gateway \(gateway.machine) has lost count of its streams")
    }
    clock.end()
    for gateway in gateways + graveyard { gateway.end() }
    for machine in machines { machine.end() }
    return clock.broken
  }
}
