internal import Glibc
internal import Platform
internal import WorkerLink

/// The worker's one thread: reads all that is there, answers it into one buffer, writes that once.
///
/// `serving` until a `shutdown` (then `leaving`) or SIGTERM (then `draining`, which is `leaving` once the link has nothing more
/// to read). Leaving is over when no engine is waited for and everything is written. The server's end of the link ends all.
final class WorkerLoop {
  /// Bytes of results that the server has not read; past it the worker stops taking chunks.
  static let largestQueueBytes = 4 << 20

  private enum State { case serving, draining, leaving }

  private let socket: LinkSocket
  private let termination: TerminationSignal
  private let log: Log
  private var table: StreamTable
  private var reader = FrameReader()
  private var writer = FrameWriter()
  private var state = State.serving

  init(
    socket: consuming LinkSocket, termination: consuming TerminationSignal, engines: Engines, log: Log
  ) throws(WorkerLinkError) {
    self.socket = socket
    self.termination = termination
    self.log = log
    table = try StreamTable(engines: engines)
  }

  /// Returns when it has left or the server has gone.
  func run() throws(WorkerLinkError) {
    writer.ready(pid: getpid(), engines: table.engineStates)
    while try flush() {
      if state == .leaving, table.pendingFinishes == 0, writer.count == 0 { return }
      let mayRead = state != .leaving && writer.count < Self.largestQueueBytes
      let event = try wait(mayRead: mayRead)
      table.collect(into: &writer)
      switch event {
      case .readable: if try !read() { return }
      case .closed: return
      case .other: if state == .draining, mayRead { state = .leaving }
      }
    }
  }

  /// Reads once and answers every whole frame; false when the server is gone.
  private func read() throws(WorkerLinkError) -> Bool {
    switch try socket.read(into: reader.room()) {
    case .nothing: return true
    case .closed:
      guard reader.partialBytes == 0 else { throw .truncated(bytes: reader.partialBytes) }
      return false
    case .bytes(let count):
      reader.commit(count)
      while let request = try reader.nextRequest() {
        guard table.handle(request, into: &writer) else {
          log.write(.debug, "told to shut down with \(table.count) streams")
          state = .leaving
          break
        }
      }
      return true
    }
  }

  /// Writes what it can; false when the server is gone.
  private func flush() throws(WorkerLinkError) -> Bool {
    while writer.count > 0 {
      switch try socket.write(writer.bytes) {
      case .bytes(let count): writer.consume(count)
      case .nothing: return true
      case .closed: return false
      }
    }
    return true
  }

  private enum Event { case readable, closed, other }

  /// Waits for something to do.
  private func wait(mayRead: Bool) throws(WorkerLinkError) -> Event {
    let events = (mayRead ? POLLIN : 0) | (writer.count > 0 ? POLLOUT : 0)
    var watched = (
      pollfd(fd: socket.descriptor, events: Int16(events), revents: 0),
      pollfd(fd: table.finished.descriptor, events: Int16(POLLIN), revents: 0),
      // Told once: a second SIGTERM changes nothing.
      pollfd(fd: state == .serving ? termination.descriptor : -1, events: Int16(POLLIN), revents: 0)
    )
    let isDraining = state == .draining && mayRead
    let ready = withUnsafeMutableBytes(of: &watched) {
      poll($0.bindMemory(to: pollfd.self).baseAddress, 3, isDraining ? 0 : -1)
    }
    guard ready >= 0 || errno == EINTR else { throw .system(call: "poll", errno: errno) }
    if ready > 0, watched.2.revents != 0 {
      log.write(.debug, "terminated with \(table.count) streams")
      state = .draining
      return .readable
    }
    let happened = ready > 0 ? Int32(watched.0.revents) : 0
    if happened & Int32(POLLIN) != 0 { return .readable }
    // A hang-up comes unasked for, and with nothing left to read.
    return happened & Int32(POLLHUP | POLLERR | POLLNVAL) != 0 ? .closed : .other
  }
}
