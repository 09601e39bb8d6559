internal import Glibc
public import IO
internal import Platform
public import WorkerLink

/// Workers as child processes, each behind a Unix socket pair.
public final class UnixTransport: WorkerTransport {
  private struct Slot {
    var process: WorkerProcess?
    var watch: DescriptorWatch?
    /// Its link has ended; its process is about to.
    var isEnding = false
  }

  // Not weak: a weak reference puts every retain of its object on the slow path. It is read for each reply, and never
  // changed meanwhile. Checks of this, the slots and the socket's reader took 160 instructions a chunk, beside 7,900
  // for all else.
  @exclusivity(unchecked) public unowned var delegate: (any WorkerTransportDelegate)?
  private let loop: EventLoop
  private let path: String
  private let arguments: [String]
  @exclusivity(unchecked) private var slots: [Slot]
  /// Processes that were killed and are not reaped yet.
  private var killed: [WorkerProcess] = []

  /// How long after its link a worker's process ends at the latest, and how often that is looked at.
  private static let exitChecks = 20
  private static let exitCheckPause = Duration.milliseconds(1)

  /// - Parameters:
  ///   - path: the worker program; not searched for.
  ///   - arguments: without the program's name.
  public init(loop: EventLoop, slots count: Int, path: String, arguments: [String]) {
    self.loop = loop
    self.path = path
    self.arguments = arguments
    slots = (0..<count).map { _ in Slot() }
  }

  public func open(_ slot: Int) throws(WorkerLinkError) -> FrameOutput {
    precondition(slots[slot].process == nil, "A worker was started in a slot that has one.")
    reap()
    let process = try WorkerProcess.spawn(path: path, arguments: arguments, sharesMemory: true)
    slots[slot].process = process
    slots[slot].watch = loop.watch(
      descriptor: process.socket.descriptor,
      readable: { [unowned self] in receive(from: slot) },
      writable: { [unowned self, unowned process] in written(slot, process.socket.flush()) })
    process.socket.onOutcome = { [unowned self] in written(slot, $0) }
    return process.socket
  }

  public func close(_ slot: Int) {
    guard let process = take(slot) else { return }
    process.kill()
    killed.append(process)
    reap()
  }

  private func take(_ slot: Int) -> WorkerProcess? {
    slots[slot].watch?.cancel()
    // Whoever still has it may queue more, for nobody.
    slots[slot].process?.socket.onOutcome = nil
    defer { slots[slot] = Slot() }
    return slots[slot].process
  }

  private func reap() { killed.removeAll { $0.reap() != nil } }

  public func isOpen(_ slot: Int) -> Bool { slots[slot].process != nil }
  public func pid(_ slot: Int) -> Int32? { slots[slot].process?.pid }

  // MARK: To a worker

  private func written(_ slot: Int, _ outcome: FrameSocket.Outcome) {
    guard let socket = slots[slot].process?.socket, !slots[slot].isEnding else { return }
    switch outcome {
    case .drained: slots[slot].watch?.wantsWritable = false
    case .blocked: slots[slot].watch?.wantsWritable = true
    case .closed: return ended(slot, .closed)
    case .failed(let error): return ended(slot, .error(error))
    }
    if socket.takeRoom() { delegate?.transport(drained: slot) }
  }

  // MARK: From a worker

  /// How often a worker that answers without pause is read before the clients' turn comes.
  private static let mostReads = 4

  private func receive(from slot: Int) {
    guard let process = slots[slot].process, !slots[slot].isEnding, let delegate else { return }
    // Like the delegate, it is retained once for all replies.
    let socket = process.socket
    do throws(WorkerLinkError) {
      for _ in 0..<Self.mostReads {
        let arrival = try socket.read()
        if arrival == .closed { return ended(slot, .closed) }
        while let frame = try socket.nextFrame() {
          delegate.transport(received: try WorkerReply(frame), from: slot)
          // The delegate may have closed the slot.
          guard slots[slot].process === process else { return }
        }
        guard arrival == .full else { return }
      }
    } catch {
      ended(slot, .error(error))
    }
  }

  public func receive(from owing: [Int], until end: Duration) -> Bool {
    var watched = owing.map { slot in
      let socket = slots[slot].process?.socket
      let events = POLLIN | (socket?.queuedBytes ?? 0 > 0 ? POLLOUT : 0)
      return pollfd(fd: slots[slot].isEnding ? -1 : socket?.descriptor ?? -1, events: Int16(events), revents: 0)
    }
    let milliseconds = ((end - EventLoop.clock) / .milliseconds(1)).rounded(.up)
    guard poll(&watched, nfds_t(watched.count), Int32(max(0, milliseconds))) > 0 else { return false }
    for (slot, watch) in zip(owing, watched) where watch.revents != 0 {
      if watch.revents & Int16(POLLOUT) != 0, let socket = slots[slot].process?.socket { written(slot, socket.flush()) }
      receive(from: slot)
    }
    return true
  }

  // MARK: The end of a link

  /// The link has ended. How the process ends is worth a moment: it says whether the worker crashed.
  private func ended(_ slot: Int, _ reason: LinkLoss, checks: Int = exitChecks) {
    guard let process = slots[slot].process else { return }
    slots[slot].watch?.cancel()
    slots[slot].watch = nil
    slots[slot].isEnding = true
    let exit = process.reap()
    guard exit == nil, checks > 0 else {
      _ = take(slot)
      process.kill()
      if exit == nil { killed.append(process) }
      delegate?.transport(lost: slot, reason: reason, exit: exit)
      return
    }
    loop.after(Self.exitCheckPause) { [unowned self] in
      guard slots[slot].process === process else { return }
      ended(slot, reason, checks: checks - 1)
    }
  }
}
