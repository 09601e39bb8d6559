import WorkerLink

@testable import Worker

/// A worker process of a machine: the product's links, streams and mock, beside the loop that reads them.
final class SimulatedWorker {
  let name: String
  private let clock: SimulatedClock
  private let engine: SimulatedEngine
  private var links: GatewayLinks
  private let output = Output()
  private var announcement: WorkerAnnouncement
  private let rules: SimulatedRules
  /// Has the parent make a connection.
  private let ask: () -> Void
  /// The process has ended by itself; true if it crashed.
  private let exit: (Bool) -> Void
  private var timing = Timing()
  private(set) var isAlive = true

  private final class Output {
    var connection: SimulatedConnection?
  }

  private struct Timing {
    var isHeard = true
    var lastHeard = 0
    /// Until then it stands still.
    var stopped = 0
    /// When it ends even if it has streams.
    var end: Int?
    var gaps = LinkGaps()
  }

  // As in `DistantLoop`.
  private static let helloInterval = 1_000_000
  private static let brokerPatience = 5_000_000
  private static let leavePatience = 10_000_000

  init(
    _ name: String, capacity: Int, _ clock: SimulatedClock, _ rules: SimulatedRules, ask: @escaping () -> Void,
    exit: @escaping (Bool) -> Void
  ) {
    self.name = name
    self.clock = clock
    self.rules = rules
    self.ask = ask
    self.exit = exit
    engine = SimulatedEngine(clock)
    let engines = engine.catalog()
    announcement = WorkerAnnouncement(engines: ["mock", SimulatedSpeech.engine], capacity: capacity)
    links = GatewayLinks(
      name, engines: engines, hello: WorkerHello(pid: 1, engines: engines.statuses),
      mirror: SimulatedMirror(rules)
    ) {
      [output] subject, reply, header, bytes in
      output.connection?.send(
        .publish(.init(subject: subject, reply: reply, payload: Array(header) + Array(bytes))))
    }
    engine.onWords = { [unowned self] in act {} }
    greetLater(0)
    ask()
  }

  /// Does something as soon as the process runs, and then what its loop does after everything.
  private func act(_ body: @escaping () -> Void) {
    guard isAlive else { return }
    guard clock.now >= timing.stopped else {
      return clock.after(timing.stopped - clock.now) { [self] in act(body) }
    }
    body()
    guard isAlive else { return }
    if engine.isPoisoned { return end(isCrash: true) }
    links.flush()
    if let deadline = timing.end, clock.now >= deadline || links.streams == 0 && links.isIdle { end(isCrash: false) }
  }

  private func end(isCrash: Bool) {
    kill()
    exit(isCrash)
  }

  // MARK: The broker

  func take(_ connection: SimulatedConnection) {
    act { [self] in
      output.connection = connection
      timing.lastHeard = clock.now
      connection.send(.subscribe(LinkSubject.all(toWorker: name), 1))
      greet()
    }
  }

  func receive(_ message: SimulatedBroker.Message) {
    act { [self] in
      timing.isHeard = true
      guard !message.subject.isEmpty else { return }
      var payload = message.payload
      if !rules.gapsBreakLinks { timing.gaps.close(in: &payload, from: message.subject) }
      payload.withUnsafeBytes {
        links.take(message.subject, isUndelivered: message.isUndelivered, $0, now: clock.duration)
      }
    }
  }

  func lostBroker() {
    act { [self] in
      output.connection = nil
      links.forgetAll(now: clock.duration)
      ask()
    }
  }

  private func greetLater(_ microseconds: Int) {
    clock.after(microseconds) { [weak self] in
      guard let self, isAlive else { return }
      act { [self] in greet() }
      greetLater(Self.helloInterval)
    }
  }

  private func greet() {
    guard let connection = output.connection else { return }
    if timing.isHeard { timing.lastHeard = clock.now }
    timing.isHeard = false
    guard clock.now - timing.lastHeard <= Self.brokerPatience else {
      connection.close()
      return lostBroker()
    }
    if clock.now - timing.lastHeard < 2 * Self.helloInterval { links.forgetSilent(now: clock.duration) }
    announcement.streams = links.streams
    announcement.isLeaving = timing.end != nil
    connection.send(.publish(.init(subject: LinkSubject.hello(of: name), payload: announcement.json)))
    connection.send(.ping)
  }

  // MARK: Faults

  /// It is killed, or crashes.
  func kill() {
    isAlive = false
    output.connection?.close()
  }

  /// It stands still for a while.
  func stop(until end: Int) { timing.stopped = max(timing.stopped, end) }

  /// SIGTERM.
  func terminate() {
    act { [self] in
      guard timing.end == nil else { return }
      timing.end = clock.now + Self.leavePatience
      greet()
    }
  }

  var connection: SimulatedConnection? { output.connection }
  var streams: Int { links.streams }
}
