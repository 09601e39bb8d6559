import Broker
import Glibc
import IO
import Platform
import Transports

/// The whole server: a gateway on each loop. The first loop is the main thread's; it has the signals and listens.
struct Service {
  private let gateways: [Gateway]

  init(_ settings: ServerSettings) throws {
    var settings = settings
    let activation = ActivationSockets(pid: getpid(), environmentVariable)
    if let socket = activation.others(than: Gateway.wyomingSocket).first, let address = SocketAddress(of: socket) {
      (settings.host, settings.port) = (address.host, address.port)
    }
    let shared = SharedState(settings)
    let log = settings.log
    let inheritance = try settings.journal.map { try JournalInheritance($0, loops: settings.loops, log: log) }
    let serverName = JournalFolder.serverName()
    var gateways: [Gateway] = []
    for count in settings.workers.division(over: settings.loops) {
      let index = gateways.count
      let journal = try inheritance.flatMap { inheritance in
        try settings.journal.map {
          try Journal(
            $0, in: JournalFiles(folder: inheritance.folder, server: serverName, loop: index),
            inherited: inheritance.files, log: log)
        }
      }
      let loop = try EventLoop()
      let bucket = settings.workers.broker.map { SessionBucket(at: $0, on: loop, log: log) }
      let context = GatewayContext(
        settings, loop: loop, shared: shared, index: index, journal: journal, bucket: bucket, activation: activation)
      let workers = Self.workers(count, first: gateways.reduce(1) { $0 + $1.workers.count }, context)
      gateways.append(Gateway(context, workers: workers))
    }
    // All of them before any runs: from then on each belongs to its own thread.
    let mailboxes = gateways.map(GatewayMailbox.init(to:))
    for gateway in gateways { gateway.mailboxes = mailboxes }
    for gateway in gateways {
      try gateway.startJournal(
        restoring: inheritance?.sessions(for: gateway.context.index, of: settings.loops) ?? [])
    }
    if let bucket = gateways[0].context.bucket { ClientBlocks(bucket, loop: gateways[0].loop, shared).start() }
    self.gateways = gateways
  }

  private static func workers(_ count: Int, first: Int, _ context: GatewayContext) -> any WorkerSet {
    let settings = context.settings
    func transport(_ count: Int) -> UnixTransport {
      UnixTransport(
        loop: context.loop, slots: count, path: settings.workers.path,
        arguments: settings.workers.arguments(logLevel: settings.log.level, logFormat: settings.log.format))
    }
    if let bucket = context.bucket {
      let workers = DistantWorkers(
        loop: context.loop, broker: bucket.broker, name: bucket.gateway, trials: transport(1), firstWorker: first,
        gateway: context.shared.gatewayID, timeout: settings.workers.timeout, log: context.log)
      bucket.shareBroker(with: workers)
      return workers
    }
    return Workers(
      loop: context.loop, transport: transport(count), count: count, firstWorker: first,
      gateway: context.shared.gatewayID, timeout: settings.workers.timeout, log: context.log)
  }

  /// Serves until a signal ends it; returns the exit status.
  func run() throws(SystemError) -> Int32 {
    let first = gateways[0]
    guard first.loadTokens() else { return 1 }
    // A loop's thread lives as long as its workers: the kernel kills a worker when the thread that started it ends.
    var threads: [SystemThread] = []
    for gateway in gateways.dropFirst() {
      nonisolated(unsafe) let gateway = gateway
      threads.append(try SystemThread { gateway.run() })
    }
    let signals = watchSignals(first)
    first.run()
    for signal in signals { signal.cancel() }
    for thread in threads { thread.join() }
    return first.lifecycle.status
  }

  private func watchSignals(_ first: Gateway) -> [SignalWatch] {
    let ends = [SIGTERM, SIGINT].map { number in
      first.loop.onSignal(number) { [unowned first] in first.everywhere { $0.signalled(number) } }
    }
    return ends + [first.loop.onSignal(SIGHUP) { [unowned first] in first.reload() }]
  }
}
