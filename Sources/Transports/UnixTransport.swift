internal import Glibc
public import IO
internal import Platform
public import WorkerLink

/// Workers as child processes, each behind a Unix socket pair.
public final class UnixTransport: WorkerTransport {
  private struct Slot {
    var process: WorkerProcess?
    var watch: DescriptorWatch?
    var isDirty = false
    var wasFull = false
    /// Its link has ended; its process is about to.
    var isEnding = false
  }

  // Not weak: a weak reference puts every retain of its object on the slow path. It is read for each reply, and never
  // changed meanwhile.
  @exclusivity(unchecked) public unowned var delegate: (any WorkerTransportDelegate)?
  private let loop: EventLoop
  private let path: String
  private let arguments: [String]
  @exclusivity(unchecked) private var slots: [Slot]
  private var dirty: [Int] = []
  /// Processes that were killed and are not reaped yet.
  private var killed: [WorkerProcess] = []

  /// With this much queued, a worker may begin before the round is over, while the bytes are still cached.
  private static let earlyBytes = 128 << 10
  /// A queue that was full counts as drained below this.
  private static let drainedBytes = 4 << 20
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

  public func open(_ slot: Int) throws(WorkerLinkError) {
    precondition(slots[slot].process == nil, "A worker was started in a slot that has one.")
    reap()
    let process = try WorkerProcess.spawn(path: path, arguments: arguments)
    slots[slot].process = process
    slots[slot].watch = loop.watch(
      descriptor: process.channel.descriptor,
      readable: { [unowned self] in receive(from: slot) }, writable: { [unowned self] in flush(slot) })
  }

  public func close(_ slot: Int) {
    guard let process = take(slot) else { return }
    process.kill()
    killed.append(process)
    reap()
  }

  private func take(_ slot: Int) -> WorkerProcess? {
    slots[slot].watch?.cancel()
    defer { slots[slot] = Slot(isDirty: slots[slot].isDirty) }
    return slots[slot].process
  }

  private func reap() { killed.removeAll { $0.reap() != nil } }

  public func isOpen(_ slot: Int) -> Bool { slots[slot].process != nil }
  public func pid(_ slot: Int) -> Int32? { slots[slot].process?.pid }
  public func isFull(_ slot: Int) -> Bool { slots[slot].process?.channel.isFull ?? false }
  public func queuedBytes(_ slot: Int) -> Int { slots[slot].process?.channel.queuedBytes ?? 0 }

  // MARK: To a worker

  public func send(to slot: Int, _ write: (inout FrameWriter) -> Void) {
    guard let channel = slots[slot].process?.channel, !slots[slot].isEnding else { return }
    channel.send(write)
    if channel.isFull { slots[slot].wasFull = true }
    if channel.queuedBytes >= Self.earlyBytes, !isBlocked(slot), channel.flushEarly() {
      slots[slot].watch?.wantsWritable = true
    }
    guard !slots[slot].isDirty else { return }
    slots[slot].isDirty = true
    dirty.append(slot)
  }

  public func flush() {
    guard !dirty.isEmpty else { return }
    let written = dirty
    dirty.removeAll(keepingCapacity: true)
    for slot in written {
      slots[slot].isDirty = false
      if !isBlocked(slot) { flush(slot) }
    }
  }

  /// The kernel takes no more for this worker until the loop says so: each try before that is a system call in vain.
  private func isBlocked(_ slot: Int) -> Bool { slots[slot].watch?.wantsWritable == true }

  private func flush(_ slot: Int) {
    guard let channel = slots[slot].process?.channel, !slots[slot].isEnding else { return }
    do throws(WorkerLinkError) {
      switch try channel.flush() {
      case .drained: slots[slot].watch?.wantsWritable = false
      case .blocked: slots[slot].watch?.wantsWritable = true
      case .closed: return ended(slot, .closed)
      }
    } catch {
      return ended(slot, .error(error))
    }
    guard slots[slot].wasFull, channel.queuedBytes < Self.drainedBytes else { return }
    slots[slot].wasFull = false
    delegate?.transport(drained: slot)
  }

  // MARK: From a worker

  private func receive(from slot: Int) {
    guard let process = slots[slot].process, !slots[slot].isEnding else { return }
    do throws(WorkerLinkError) {
      let received = try process.channel.receive { reply in
        // The delegate may have closed the slot for an earlier reply of the same read.
        guard slots[slot].process === process else { return }
        delegate?.transport(received: reply, from: slot)
      }
      guard slots[slot].process === process, received == .closed else { return }
      ended(slot, .closed)
    } catch {
      guard slots[slot].process === process else { return }
      ended(slot, .error(error))
    }
  }

  public func receive(from owing: [Int], until end: Duration) -> Bool {
    var watched = owing.map { slot in
      let channel = slots[slot].process?.channel
      let events = POLLIN | (channel?.queuedBytes ?? 0 > 0 ? POLLOUT : 0)
      return pollfd(fd: slots[slot].isEnding ? -1 : channel?.descriptor ?? -1, events: Int16(events), revents: 0)
    }
    let milliseconds = ((end - EventLoop.clock) / .milliseconds(1)).rounded(.up)
    guard poll(&watched, nfds_t(watched.count), Int32(max(0, milliseconds))) > 0 else { return false }
    for (slot, watch) in zip(owing, watched) where watch.revents != 0 {
      if watch.revents & Int16(POLLOUT) != 0 { flush(slot) }
      receive(from: slot)
    }
    flush()
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
