internal import Glibc
public import Platform

/// Something that is done once at the end of a round.
public protocol RoundEndTask: AnyObject {
  func roundEnds()
}

/// libev's loop on the thread that runs it: sockets, timers, signals, and jobs from other threads.
///
/// A round is: wait, react to everything that has become ready, then the round's end, at which the output of each byte
/// stream is written in one piece. Everything but `submit` and `gate` is for the thread that runs the loop, and for
/// set-up before it runs.
public final class EventLoop {
  /// What other threads may hold of this loop.
  public let gate: LoopGate
  let ev: EvLoop
  private let roundEnd: EvWatcher
  private let waker: EvWatcher
  private let haste: EvWatcher
  private var roundEndActions: [() -> Void] = []
  private var roundEndTasks = RoundEndTasks()
  let scheduler: StreamScheduler
  let poller: DescriptorPoller
  private var watches: [ObjectIdentifier: any LoopWatch] = [:]
  /// The time of this round, in seconds too.
  private var time: (now: Duration, seconds: Double)?

  public init() throws(IOError) {
    // Before its first use: a loop's thread may end while the process does.
    guard OpenSSLLibrary.stays else { throw .library(call: "OPENSSL_init_crypto", reason: "it failed") }
    guard let ev = EvLoop() else { throw .library(call: "ev_loop_new", reason: String(cString: strerror(errno))) }
    self.ev = ev
    roundEnd = EvWatcher(.prepare, on: ev)
    waker = EvWatcher(.async, on: ev)
    haste = EvWatcher(.idle, on: ev)
    gate = LoopGate(waker: waker)
    scheduler = StreamScheduler(on: ev)
    do throws(IOError) { poller = try DescriptorPoller(on: ev) } catch {
      ev.destroy()
      throw error
    }
    roundEnd.start { [unowned self] in self.endRound() }
    waker.start { [unowned self] in self.gate.runJobs() }
  }

  deinit {
    gate.shut()
    for watch in watches.values { watch.stop() }
    scheduler.stop()
    poller.stop()
    roundEnd.stop()
    waker.stop()
    haste.stop()
    ev.destroy()
  }

  /// Runs rounds until `stop`. Can be run again.
  public func run() {
    ev.run()
  }

  /// Ends `run` after the callback it is called from.
  public func stop() {
    ev.breakOut()
  }

  /// Runs a job on the loop's thread, in the order given. From any thread.
  public nonisolated func submit(_ job: @escaping @Sendable () -> Void) {
    gate.submit(job)
  }

  /// Calls back when the descriptor can be read or written. Both are wanted at first where there is an action.
  /// The watch lives until it is cancelled, which must be before the descriptor is closed.
  @discardableResult
  public func watch(descriptor: Int32, readable: (() -> Void)? = nil, writable: (() -> Void)? = nil) -> DescriptorWatch
  {
    keep(DescriptorWatch(loop: self, descriptor: descriptor, readable: readable, writable: writable))
  }

  /// Calls back once after `delay`, then each `repeating`, until cancelled.
  @discardableResult
  public func after(_ delay: Duration, repeating: Duration? = nil, _ action: @escaping () -> Void) -> LoopTimer {
    keep(LoopTimer(loop: self, delay: delay, repeating: repeating, action: action))
  }

  /// Calls back when the process gets the signal. One loop a signal.
  @discardableResult
  public func onSignal(_ number: Int32, _ action: @escaping () -> Void) -> SignalWatch {
    keep(SignalWatch(loop: self, number: number, action: action))
  }

  /// Called at the end of every round, before the streams' output is written, in order of registration.
  /// Kept as long as the loop, so it must not hold the loop.
  public func onRoundEnd(_ action: @escaping () -> Void) {
    roundEndActions.append(action)
  }

  /// Does this at the end of the current round, before the actions for every round.
  public func atRoundEnd(_ task: any RoundEndTask) { roundEndTasks.queued.append(task) }

  private func endTasks() {
    for task in roundEndTasks.take() { task.roundEnds() }
    roundEndTasks.forgetTaken()
  }

  /// How long messages that may wait for others have waited, from the round in which they were queued to when they were
  /// written.
  public var outputDelays: DelayHistogram { scheduler.delays }

  /// Monotonic, read once a round.
  public var now: Duration { time?.now ?? readClock().now }

  /// The same, as a number to reckon with for every message.
  public var nowInSeconds: Double { time?.seconds ?? readClock().seconds }

  private func readClock() -> (now: Duration, seconds: Double) {
    let now = Self.clock
    let time = (now, now.inSeconds)
    self.time = time
    return time
  }

  /// What `now` is taken from, read anew.
  public static var clock: Duration { MonotonicClock.now }

  /// When the next round begins.
  public enum NextRound: Equatable, Sendable {
    /// As soon as something is ready.
    case whenReady
    /// Even if nothing is.
    case atOnce
    /// Then: nothing is looked at before, timers and other threads' jobs included.
    case at(Duration)
  }

  /// When the round behind this one begins. To be set at a round's end; `.at` is for one.
  public var nextRound = NextRound.whenReady {
    didSet {
      guard nextRound != oldValue else { return }
      if nextRound == .atOnce { haste.start() } else if oldValue == .atOnce { haste.stop() }
    }
  }

  private func keep<Watch: LoopWatch>(_ watch: Watch) -> Watch {
    watches[ObjectIdentifier(watch)] = watch
    watch.start()
    return watch
  }

  func forget(_ watch: some LoopWatch) {
    watches[ObjectIdentifier(watch)] = nil
  }

  private func endRound() {
    endTasks()
    for action in roundEndActions { action() }
    scheduler.releaseHeld()
    // Writing can call owners, who queue more.
    while scheduler.hasWork || !roundEndTasks.queued.isEmpty {
      scheduler.flush()
      endTasks()
    }
    time = nil
    scheduler.forgetTime()
    if case .at(let time) = nextRound {
      nextRound = .whenReady
      sleep(until: time)
    }
  }

  /// A signal ends it, as its action is due.
  private func sleep(until end: Duration) {
    let (seconds, attoseconds) = end.components
    var time = timespec(tv_sec: Int(seconds), tv_nsec: Int(attoseconds / 1_000_000_000))
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, nil)
  }
}

/// Tasks for the end of a round, in memory that is used again.
private struct RoundEndTasks {
  var queued: ContiguousArray<any RoundEndTask> = []
  private var taken: ContiguousArray<any RoundEndTask> = []

  /// The tasks there are now; others may be queued meanwhile.
  mutating func take() -> ContiguousArray<any RoundEndTask> {
    swap(&queued, &taken)
    return taken
  }

  mutating func forgetTaken() { taken.removeAll(keepingCapacity: true) }
}
