import WorkerLink

@testable import Worker

/// A machine with workers: the parent that starts them, gives them connections, and tells how each ended.
final class SimulatedMachine {
  let name: String
  private let clock: SimulatedClock
  private let broker: SimulatedBroker
  private let rules: SimulatedRules
  private let capacity: Int
  private var connection: SimulatedConnection?
  private var places: [Place]
  private var lives = 0
  /// Of its workers, by their own doing.
  private(set) var crashes = 0
  /// Until then its cable is out.
  private var isolatedUntil = 0

  private struct Place {
    var worker: SimulatedWorker?
    var began = 0
    var policy = RestartPolicy()
  }

  private static var redialTime: Range<Int> { 500..<100_000 }
  private static var restartTime: Range<Int> { 10_000..<60_000 }
  /// Well within what gateways wait for word of how a worker ended.
  private static var reapTime: Range<Int> { 500..<5_000 }

  init(
    _ name: String, workers: Int, capacity: Int, _ clock: SimulatedClock, _ broker: SimulatedBroker,
    _ rules: SimulatedRules
  ) {
    self.name = name
    self.clock = clock
    self.broker = broker
    self.rules = rules
    self.capacity = capacity
    places = (0..<workers).map { _ in Place() }
    connect(after: 0)
    for index in places.indices { start(index) }
  }

  var workers: [SimulatedWorker] { places.compactMap(\.worker) }

  // MARK: The parent

  private func connect(after pause: Int) {
    clock.after(pause) { [self] in
      guard clock.now >= isolatedUntil else { return connect(after: isolatedUntil - clock.now) }
      connection = SimulatedConnection(clock, broker, receive: { _ in }, ended: { [self] in connect(after: 100_000) })
      if connection == nil { connect(after: 200_000) }
    }
  }

  private func start(_ index: Int) {
    lives += 1
    let life = "\(name).\(lives)"
    places[index].began = clock.now
    places[index].worker = SimulatedWorker(
      life, capacity: capacity, clock, rules, ask: { [unowned self] in dial(index, life) },
      exit: { [unowned self] in ended(index, isCrash: $0, $0 ? "killed by signal 11" : "exited with 0") })
    clock.note("worker \(life) is started")
  }

  /// Makes a connection for a worker, again and again.
  private func dial(_ index: Int, _ life: String) {
    clock.after(clock.draw(in: Self.redialTime)) { [self] in
      guard let worker = places[index].worker, worker.name == life else { return }
      guard clock.now >= isolatedUntil,
        let connection = SimulatedConnection(
          clock, broker, receive: { [unowned worker] in worker.receive($0) },
          ended: { [unowned worker] in worker.lostBroker() })
      else { return dial(index, life) }
      worker.take(connection)
    }
  }

  private func ended(_ index: Int, isCrash: Bool, _ reason: String) {
    guard let worker = places[index].worker else { return }
    clock.note("worker \(worker.name) has ended: \(reason)")
    if isCrash { crashes += 1 }
    let ending = WorkerEnding(reason: reason, isCrash: isCrash)
    places[index].worker = nil
    graveyard.append(worker)
    clock.after(clock.draw(in: Self.reapTime)) { [self] in
      connection?.send(.publish(.init(subject: LinkSubject.gone(worker.name), payload: ending.json)))
      let pause = places[index].policy.pause(afterLife: .microseconds(clock.now - places[index].began))
      clock.after(Int(pause / .microseconds(1)) + clock.draw(in: Self.restartTime)) { [self] in
        if places[index].worker == nil { start(index) }
      }
    }
  }

  /// Workers that have ended: what was under way to them may still come.
  private var graveyard: [SimulatedWorker] = []

  /// The run is over: what holds one another is let go.
  func end() {
    connection = nil
    places = []
    graveyard = []
  }

  // MARK: Faults

  /// A worker is killed, or crashes.
  func kill(_ worker: SimulatedWorker, isCrash: Bool) {
    guard let index = places.firstIndex(where: { $0.worker === worker }), worker.isAlive else { return }
    worker.kill()
    ended(index, isCrash: isCrash, isCrash ? "killed by signal 11" : "killed by signal 9")
  }

  /// Its cable is out for a while: nothing passes, and nobody is told.
  func isolate(until end: Int) {
    clock.note("machine \(name) is cut off until \(end)")
    isolatedUntil = max(isolatedUntil, end)
    connection?.deafen()
    connect(after: end - clock.now)
    for worker in workers { worker.connection?.deafen() }
  }
}
