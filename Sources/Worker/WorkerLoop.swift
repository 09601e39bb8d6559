internal import Glibc
internal import Platform
internal import Transports
internal import WorkerLink

/// The worker's loop thread: reads what has arrived, answers it into one buffer, and writes that once.
///
/// `serving` until `shutdown` (then `leaving`) or SIGTERM (then `draining`, which turns to `leaving` when the link has
/// nothing more to read). It has left when all finishes are answered and everything is written. If the gateway closes
/// the link, it stops at once.
struct WorkerLoop: ~Copyable {
  private enum State { case serving, draining, leaving }

  private let socket: FrameSocket
  private let termination: TerminationSignal
  private let log: Log
  private var table: StreamTable
  private var state = State.serving
  /// Whether the gateway has chosen a version of the link.
  private var isWelcome = false

  /// Bytes of replies that the gateway has not read; above it no more requests are read.
  private static let replyQueueBytes = 4 << 20

  init(
    socket: FrameSocket, termination: consuming TerminationSignal, engines: EngineCatalog, sandbox: [SandboxLayer],
    log: Log
  ) throws(WorkerLinkError) {
    self.socket = socket
    self.termination = termination
    self.log = log
    table = try StreamTable(engines: engines)
    socket.frames.hello(
      WorkerHello(pid: getpid(), engines: engines.statuses, sandbox: sandbox, hasMemory: socket.hasMemory))
  }

  /// Returns when it has left or the gateway has closed the link.
  mutating func run() throws(WorkerLinkError) {
    while try flush() {
      if state == .leaving, table.pendingFinishes == 0, socket.queuedBytes == 0 { return }
      let mayRead = state != .leaving && socket.queuedBytes < Self.replyQueueBytes
      let event = try wait(mayRead: mayRead)
      table.collect(into: socket.frames)
      switch event {
      case .readable: if try !read() { return }
      case .closed: return
      case .other: if state == .draining, mayRead { state = .leaving }
      }
    }
  }

  /// Reads once and answers every complete frame; false if the link is closed.
  private mutating func read() throws(WorkerLinkError) -> Bool {
    switch try socket.read() {
    case .nothing: return true
    case .closed: return false
    case .bytes, .full:
      while let request = try socket.nextRequest() {
        try check(request)
        guard table.handle(request, into: socket.frames) else {
          log.write(.debug, "shutting down with \(table.count) open streams")
          state = .leaving
          break
        }
      }
      return true
    }
  }

  /// The gateway's first request chooses the version.
  private mutating func check(_ request: WorkerRequest) throws(WorkerLinkError) {
    if case .welcome(let version) = request {
      guard LinkVersion.supported.contains(version) else { throw .malformed("a welcome to version \(version)") }
      isWelcome = true
    } else if !isWelcome {
      throw .malformed("a request before `welcome`")
    }
  }

  /// Writes what the kernel takes; false if the link is closed.
  private mutating func flush() throws(WorkerLinkError) -> Bool {
    switch socket.flush() {
    case .drained, .blocked: return true
    case .closed: return false
    case .failed(let error): throw error
    }
  }

  private enum Event { case readable, closed, other }

  /// Waits for something to do.
  private mutating func wait(mayRead: Bool) throws(WorkerLinkError) -> Event {
    let events = (mayRead ? POLLIN : 0) | (socket.queuedBytes > 0 ? POLLOUT : 0)
    var watched = (
      pollfd(fd: socket.descriptor, events: Int16(events), revents: 0),
      pollfd(fd: table.mailbox.descriptor, events: Int16(POLLIN), revents: 0),
      // Only once: a second SIGTERM changes nothing.
      pollfd(fd: state == .serving ? termination.descriptor : -1, events: Int16(POLLIN), revents: 0)
    )
    let isDraining = state == .draining && mayRead
    let ready = withUnsafeMutableBytes(of: &watched) {
      poll($0.bindMemory(to: pollfd.self).baseAddress, 3, isDraining ? 0 : -1)
    }
    guard ready >= 0 || errno == EINTR else { throw .system(call: "poll", errno: errno) }
    if ready > 0, watched.2.revents != 0 {
      log.write(.debug, "terminated with \(table.count) open streams")
      state = .draining
      return .readable
    }
    let happened = ready > 0 ? Int32(watched.0.revents) : 0
    if happened & Int32(POLLIN) != 0 { return .readable }
    // A hang-up is reported without being requested, and with nothing left to read.
    return happened & Int32(POLLHUP | POLLERR | POLLNVAL) != 0 ? .closed : .other
  }
}
