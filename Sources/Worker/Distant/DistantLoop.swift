internal import Broker
internal import Glibc
internal import Platform
internal import Recognition
internal import WorkerLink

/// The loop of a worker that gateways reach over a broker: reads what has arrived, answers it, and writes that once.
///
/// *Serving* until SIGTERM, then *leaving*: gateways move its streams away, and when it has none and has answered
/// everything, it ends. Without a connection it asks its parent for one; if the parent is gone, it ends at once.
struct DistantLoop: ~Copyable {
  private let control: Int32
  private let name: String
  private let termination: TerminationSignal
  private var announcement: WorkerAnnouncement
  private let log: Log
  private let output = Output()
  private var links: GatewayLinks
  private var timing = Timing()

  /// Where the links' messages go; none while there is no connection.
  private final class Output {
    var socket: BrokerSocket?
  }

  private struct Timing {
    var nextHello = Duration.zero
    var lastHeard = Duration.zero
    /// When it ends even if it has streams; nil while it serves.
    var end: Duration?
  }

  private static let helloInterval = Duration.seconds(1)
  /// How long the broker may be silent: it answers the ping that goes with each hello.
  private static let brokerPatience = Duration.seconds(5)
  /// How long gateways have to move its streams away.
  private static let leavePatience = Duration.seconds(10)
  /// Bytes of answers that the broker has not taken; above it nothing more is read.
  private static let replyQueueBytes = 4 << 20

  /// - Parameter name: the worker in subjects.
  init(
    control: Int32, name: String, capacity: Int, termination: consuming TerminationSignal, engines: EngineCatalog,
    sandbox: [SandboxLayer], log: Log
  ) {
    self.control = control
    self.name = name
    self.termination = termination
    self.log = log
    announcement = WorkerAnnouncement(
      engines: engines.statuses.filter { $0.state == .ready }.map(\.name), capacity: capacity)
    links = GatewayLinks(
      name, engines: engines, hello: WorkerHello(pid: getpid(), engines: engines.statuses, sandbox: sandbox)
    ) { [output] subject, reply, header, bytes in
      output.socket?.write { $0.publish(subject, reply: reply, header, bytes) }
    }
  }

  /// Returns when it has left, or its parent is gone.
  mutating func run() throws(WorkerLinkError) {
    guard ConnectionHandover.ask(control) else { return }
    while true {
      let now = MonotonicClock.now
      greet(now)
      links.flush()
      if let socket = output.socket, !socket.flush() { try lostBroker() }
      if hasLeft(now) { return }
      guard try waitAndRead() else { return }
    }
  }

  private func hasLeft(_ now: Duration) -> Bool {
    guard let end = timing.end else { return false }
    return now >= end || (links.streams == 0 && links.isIdle && output.socket?.queuedBytes ?? 0 == 0)
  }

  /// Says hello when it is due, and sees whether the broker is there.
  private mutating func greet(_ now: Duration) {
    guard let socket = output.socket, now >= timing.nextHello else { return }
    timing.nextHello = now + Self.helloInterval
    if socket.isHeard { timing.lastHeard = now }
    socket.isHeard = false
    if now - timing.lastHeard < Self.helloInterval * 2 { links.forgetSilent(now: now) }
    announcement.streams = links.streams
    announcement.copyBytes = links.copyBytes
    announcement.copiesDropped = links.copiesDropped
    announcement.isLeaving = timing.end != nil
    announcement.json.withUnsafeBytes { hello in
      socket.write {
        $0.publish(LinkSubject.hello(of: name), hello)
        $0.ping()
      }
    }
  }

  /// Waits for something to do, and does what arrives; false when the parent is gone.
  private mutating func waitAndRead() throws(WorkerLinkError) -> Bool {
    let socket = output.socket
    let mayRead = socket.map { $0.queuedBytes < Self.replyQueueBytes } ?? false
    let events = (mayRead ? POLLIN : 0) | (socket?.queuedBytes ?? 0 > 0 ? POLLOUT : 0)
    var watched = [
      pollfd(fd: control, events: Int16(POLLIN), revents: 0),
      // Only once: a second SIGTERM changes nothing.
      pollfd(fd: timing.end == nil ? termination.descriptor : -1, events: Int16(POLLIN), revents: 0),
      pollfd(fd: socket?.descriptor ?? -1, events: Int16(events), revents: 0),
    ]
    watched += links.descriptors.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
    let left = max(.zero, timing.nextHello - MonotonicClock.now)
    let milliseconds = socket == nil ? 100 : Int32((left / .milliseconds(1)).rounded(.up))
    guard poll(&watched, nfds_t(watched.count), milliseconds) >= 0 || errno == EINTR else {
      throw .system(call: "poll", errno: errno)
    }
    if watched[1].revents != 0 { leave() }
    if watched[0].revents != 0, !takeConnection() { return false }
    if let socket, socket === output.socket {
      if watched[2].revents & Int16(POLLIN | POLLHUP | POLLERR) != 0, mayRead, !read(socket) { try lostBroker() }
      if MonotonicClock.now - timing.lastHeard > Self.brokerPatience, !socket.isHeard { try lostBroker() }
    }
    return true
  }

  private mutating func leave() {
    log.write(.debug, "leaving with \(links.streams) open streams")
    let now = MonotonicClock.now
    timing.end = now + Self.leavePatience
    timing.nextHello = now
  }

  private mutating func read(_ socket: BrokerSocket) -> Bool {
    let now = MonotonicClock.now
    return socket.read {
      deliver($0, now)
    } complained: { reason in
      log.write(.error, MachineRights.refusal(reason, as: .worker))
    }
  }

  private mutating func deliver(_ message: BrokerMessage, _ now: Duration) {
    links.take(message.subject, isUndelivered: message.hasNoResponders, message.payload, now: now)
  }

  // MARK: The connection

  /// Takes what the parent gives; false if it is gone.
  private mutating func takeConnection() -> Bool {
    switch ConnectionHandover.take(control) {
    case .nothing: return true
    case .closed: return false
    case .connection(let socket):
      output.socket = socket
      let now = MonotonicClock.now
      timing.lastHeard = now
      timing.nextHello = now
      socket.write { $0.subscribe(LinkSubject.all(toWorker: name), as: 1) }
      return true
    }
  }

  /// The connection is over: another one is asked for.
  private mutating func lostBroker() throws(WorkerLinkError) {
    log.write(.debug, "broker lost")
    output.socket = nil
    links.forgetAll(now: MonotonicClock.now)
    guard ConnectionHandover.ask(control) else { throw .system(call: "send", errno: errno) }
  }
}
