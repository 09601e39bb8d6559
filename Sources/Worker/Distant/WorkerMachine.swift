internal import Broker
internal import CLinux
internal import Glibc
internal import IO
internal import JSON
internal import Platform
internal import Transports
internal import WorkerLink

/// The parent of a machine's workers: starts them, gives them connections to the broker, tells gateways how each ended,
/// and starts it again. It looks into no sound, and its workers never see its secrets.
final class WorkerMachine {
  struct Settings {
    var broker: BrokerSettings
    var workers: Int
    /// Of each worker's command line.
    var arguments: [String]
  }

  private let loop: EventLoop
  private let log: Log
  private let settings: Settings
  private let broker: BrokerConnection
  /// Taken at the start: when a package is upgraded, its file has another in its place.
  private let program = executablePath()
  private var places: [Place]
  private var isLeaving = false

  /// A worker and what it waits for.
  private struct Place {
    var process: WorkerProcess?
    /// Of this life of the process, in subjects.
    var name = ""
    var began = Duration.zero
    var policy = RestartPolicy()
    var watch: DescriptorWatch?
    var redial: RedialPolicy
    var dialer: BrokerDialer?
  }

  /// How often ended processes are looked for, besides when their socket closes.
  private static let reapInterval = Duration.milliseconds(100)
  private static let reapPause = Duration.milliseconds(1)
  private static let reapTries = 20

  init(_ settings: Settings, log: Log) throws(IOError) {
    self.settings = settings
    self.log = log
    loop = try EventLoop()
    broker = BrokerConnection(settings.broker, name: "audio-worker \(settings.broker.machine)", on: loop)
    places = (0..<settings.workers).map { _ in Place(redial: settings.broker.redialPolicy) }
    broker.delegate = self
  }

  /// Returns when every worker has left.
  func run() {
    let signals = [SIGTERM, SIGINT].map { number in loop.onSignal(number) { [unowned self] in leave(number) } }
    broker.start()
    for index in places.indices { start(index) }
    loop.after(Self.reapInterval, repeating: Self.reapInterval) { [unowned self] in
      for index in places.indices { reap(index) }
    }
    loop.run()
    for signal in signals { signal.cancel() }
  }

  private func leave(_ number: Int32) {
    log.write(.info, isLeaving ? "second signal: ending at once" : "leaving", ["signal": .number(Int(number))])
    let isFirst = !isLeaving
    isLeaving = true
    for place in places {
      guard let process = place.process else { continue }
      if isFirst { kill(process.pid, SIGTERM) } else { process.kill() }
    }
    stopIfDone()
  }

  private func stopIfDone() { if isLeaving, places.allSatisfy({ $0.process == nil }) { loop.stop() } }

  // MARK: Workers

  private func start(_ index: Int) {
    guard !isLeaving else { return }
    let life = SubjectToken.life()
    let name = "\(settings.broker.machine).\(life)"
    do throws(WorkerLinkError) {
      let process = try WorkerProcess.spawn(
        path: program, arguments: settings.arguments + ["--worker-name", name])
      places[index].process = process
      places[index].name = name
      places[index].began = loop.now
      places[index].watch = loop.watch(
        descriptor: process.socket.descriptor, readable: { [unowned self] in hear(index) })
      log.write(.info, "worker started", ["worker": .string(name), "worker_pid": .number(Int(process.pid))])
    } catch {
      log.write(.error, "cannot start a worker", ["reason": .string(error.description)])
      startLater(index, life: .zero)
    }
  }

  private func startLater(_ index: Int, life: Duration) {
    let pause = places[index].policy.pause(afterLife: life)
    loop.after(pause) { [unowned self] in if places[index].process == nil { start(index) } }
  }

  /// A worker asks for a connection, or has ended.
  private func hear(_ index: Int) {
    guard let process = places[index].process else { return }
    var byte: UInt8 = 0
    let count = recv(process.socket.descriptor, &byte, 1, 0)
    if count == 1 { return dial(index) }
    if count < 0, errno == EAGAIN || errno == EINTR { return }
    places[index].watch?.cancel()
    reap(index, tries: Self.reapTries)
  }

  private func reap(_ index: Int, tries: Int = 0) {
    guard let process = places[index].process else { return }
    guard let exit = process.reap() else {
      guard tries > 0 else { return }
      loop.after(Self.reapPause) { [unowned self] in
        if places[index].process === process { reap(index, tries: tries - 1) }
      }
      return
    }
    ended(index, exit)
  }

  private func ended(_ index: Int, _ exit: WorkerExit) {
    let name = places[index].name
    let isExpected = isLeaving && exit == .exited(0)
    log.write(
      isExpected ? .info : .error, "worker ended", ["worker": .string(name), "reason": .string(exit.description)])
    broker.publish(LinkSubject.gone(name), WorkerEnding(reason: exit.description, isCrash: exit.isCrash).json)
    places[index].watch?.cancel()
    places[index].watch = nil
    places[index].dialer?.cancel()
    places[index].dialer = nil
    places[index].process = nil
    startLater(index, life: loop.now - places[index].began)
    // Once what was published has been written.
    loop.after(.zero) { [unowned self] in stopIfDone() }
  }

  // MARK: Connections

  /// Makes a connection for a worker; again and again, until there is one.
  private func dial(_ index: Int) {
    let (broker, pause) = places[index].redial.attempt()
    let process = places[index].process
    loop.after(pause) { [unowned self] in
      guard let process, places[index].process === process else { return }
      places[index].dialer = BrokerDialer(
        settings.broker.addresses[broker], settings.broker, name: "audio-worker \(places[index].name)",
        beginsWithTLS: places[index].redial.beginsWithTLS(broker), on: loop
      ) { [unowned self] result in
        switch result {
        case .failure(let error):
          places[index].redial.failed(broker)
          log.write(.debug, "broker not reached", ["reason": .string(error.description)])
          dial(index)
        case .success(let dialed):
          places[index].redial.succeeded(broker, beganWithTLS: dialed.beganWithTLS)
          guard let descriptor = descriptor(for: dialed.stream) else { return dial(index) }
          ConnectionHandover.give(descriptor, dialed.rest, over: process.socket.descriptor)
        }
      }
    }
  }

  /// The worker's descriptor: the connection itself, or the end of a relay that speaks TLS for it.
  private func descriptor(for stream: ByteStream) -> Int32? {
    guard stream.isEncrypted else { return stream.release() }
    do throws(WorkerLinkError) {
      return try BrokerRelay.start(with: stream, on: loop)
    } catch {
      log.write(.error, "cannot carry a worker's connection", ["reason": .string(error.description)])
      stream.drop()
      return nil
    }
  }
}

extension WorkerMachine: BrokerConnection.Delegate {
  func brokerConnected() { log.write(.info, "connected to the broker") }
  func broker(lost reason: String) { log.write(.error, "broker lost", ["reason": .string(reason)]) }
  func broker(unreached reason: String) { log.write(.error, "no broker", ["reason": .string(reason)]) }
  func broker(complains reason: String) { log.write(.error, "the broker complains", ["reason": .string(reason)]) }
  func broker(delivered message: BrokerMessage) {}
}
