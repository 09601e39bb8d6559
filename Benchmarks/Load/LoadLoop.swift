internal import Glibc
internal import Platform

/// One thread, one epoll loop, all connections. Nothing is allocated between the first chunk and the last; many chunks
/// go in one send and many replies come in one read, as the generator shares the machine with what it measures.
struct LoadLoop: ~Copyable {
  let plan: LoadPlan
  let streams: LoadStreams
  let train: FrameTrain
  let poller: LoadPoller
  let request: [UInt8]
  let address: sockaddr_in
  let tls: LoadTLS?
  /// Bytes read, after those held of the same connection.
  let inbox: UnsafeMutableRawBufferPointer
  let ringMask: Int

  var timeline: Timeline
  var report: LoadReport
  var begunConnections = 0
  /// Connecting or being upgraded.
  var upgrading = 0
  var open = 0
  /// The paced chunk that is due next, counted over all connections, and when the first was.
  private var turn = 0
  private var pacedSince = 0
  private var ownBefore = 0

  /// `address` is the target's, as the system wants it.
  init(_ options: LoadOptions, address: sockaddr_in, poller: consuming LoadPoller, tls: LoadTLS?) {
    plan = options.plan
    self.address = address
    self.poller = poller
    self.tls = tls
    streams = LoadStreams(plan)
    train = FrameTrain(plan)
    request = options.target.request
    inbox = .allocate(byteCount: 256 << 10, alignment: 64)
    ringMask = plan.mostInFlight - 1
    timeline = Timeline(plan, now: Clock.now())
    report = LoadReport(plan: plan)
    report.processes = options.pids.map { LoadReport.Process(pid: $0, before: .now($0)) }
  }

  deinit { inbox.deallocate() }

  mutating func run() throws(LoadError) -> LoadReport {
    while timeline.stage != .over {
      let now = Clock.now()
      if timeline.stage == .connecting { try connectSome() }
      if timeline.isSending { try sendDue(now) }
      if let entered = timeline.advance(now: now, progress) { try enter(entered) }
      let ready = try wait(patience(now))
      for place in 0..<ready {
        let event = poller.ready(place)
        if event.writable { try writable(event.index) }
        if event.readable { try readable(event.index) }
      }
    }
    return report
  }

  private var progress: Timeline.Progress {
    var progress = Timeline.Progress(connecting: plan.connections - begunConnections + upgrading, open: open)
    // Counted only where it matters: it means looking at every connection.
    if timeline.stage == .draining {
      for stream in streams.all where stream.state == .open {
        progress.unanswered += max(stream.account.unacknowledged, stream.account.untranscribed)
      }
    }
    return progress
  }

  private mutating func enter(_ stage: Timeline.Stage) throws(LoadError) {
    switch stage {
    case .connecting: preconditionFailure("A run connects at its beginning only.")
    case .settling: giveUpConnecting()
    case .warmingUp:
      for index in report.processes.indices { report.processes[index].idle = .now(report.processes[index].pid) }
      pacedSince = Clock.now()
      if case .closed(let inFlight) = plan.pace { try fill(inFlight) }
    case .measuring:
      for index in report.processes.indices {
        report.processes[index].cpuNanoseconds = -ProcessUse.cpuNanoseconds(report.processes[index].pid)
      }
      ownBefore = Clock.read(CLOCK_PROCESS_CPUTIME_ID)
    case .draining:
      report.ownNanoseconds = Clock.read(CLOCK_PROCESS_CPUTIME_ID) - ownBefore
      for index in report.processes.indices {
        report.processes[index].cpuNanoseconds += ProcessUse.cpuNanoseconds(report.processes[index].pid)
        report.processes[index].loaded = .now(report.processes[index].pid)
      }
      report.measuredNanoseconds = timeline.measured.count
    case .closing: for index in streams.all.indices { sayGoodbye(index) }
    case .over: for index in streams.all.indices where streams.all[index].socket.isOpen { drop(index) }
    }
  }

  /// Returns how many connections are ready. If paced, only the clock ends a wait. Otherwise each reply would wake a
  /// sleeping generator, which costs the sender as much as sending it, but only while there are few.
  private func wait(_ nanoseconds: Int) throws(LoadError) -> Int {
    guard timeline.isSending, case .paced = plan.pace else { return try poller.wait(nanoseconds: nanoseconds) }
    Clock.sleep(min(nanoseconds, Self.longestPacedNanoseconds))
    return try poller.wait(nanoseconds: 0)
  }

  private static let longestPacedNanoseconds = 500_000

  /// How long the generator may sleep.
  private func patience(_ now: Int) -> Int {
    switch timeline.stage {
    case .connecting: return begunConnections < plan.connections && upgrading < LoadPlan.upgradesAtOnce ? 0 : 5_000_000
    case .warmingUp, .measuring:
      var until = min(timeline.end, now + 100_000_000)
      // Several at once rather than a wakeup for each: with five thousand streams one is due every 20 µs.
      if let due = plan.due(turn: turn) { until = min(until, max(pacedSince + due, now + 200_000)) }
      return max(0, until - now)
    default: return min(max(0, timeline.end - now), 5_000_000)
    }
  }

  /// The first chunks of a closed loop.
  private mutating func fill(_ inFlight: Int) throws(LoadError) {
    for index in streams.all.indices where streams.all[index].state == .open {
      let now = Clock.now()
      for _ in 0..<inFlight { handOver(index, due: now) }
      try flush(index)
    }
  }

  private mutating func sendDue(_ now: Int) throws(LoadError) {
    while let due = plan.due(turn: turn), pacedSince + due <= now {
      let index = turn % plan.connections
      turn += 1
      guard streams.all[index].state == .open else { continue }
      if timeline.measured.contains(pacedSince + due) {
        report.lateness.add(nanoseconds: Clock.now() - pacedSince - due)
      }
      handOver(index, due: pacedSince + due)
      try flush(index)
    }
  }

  /// Gives a connection one more chunk to send. In a closed loop there is always room.
  @inline(__always)
  mutating func handOver(_ index: Int, due: Int) {
    guard streams.all[index].account.inFlight <= ringMask else {
      report.faults.withheld += 1
      return
    }
    let chunk = streams.all[index].account.send()
    streams.all[index].dueTimes[chunk & ringMask] = due
    streams.all[index].pending += 1
    report.sent += 1
  }
}
