/// Which worker takes a stream, which one is given up, and when it is replaced. A slot is one worker's place.
///
/// States of a slot: *down*, no worker, a start is due; *starting*, a worker that has not said hello; *ready*;
/// *refused*, its program and this server share no version of the link, so another start would only fail again. Down →
/// starting → ready → down; starting → refused.
struct WorkerPool {
  private enum Condition: Equatable {
    case down, starting, refused
    case ready(since: Duration)
  }

  private struct Slot {
    var condition = Condition.down
    var streams = 0
    /// Losses in a row without a life of `steadyLife` between them.
    var failures = 0
    /// Beats since anything arrived from it, and since it answered a heartbeat.
    var silentBeats = 0
    var unansweredBeats = 0
    var heartbeats = 0
  }

  /// A worker that lived this long was healthy: its replacement starts at once.
  static let steadyLife = Duration.seconds(1)
  /// The first pause before a worker that died young is replaced; it doubles up to `longestPause`.
  static let firstPause = Duration.milliseconds(100)
  static let longestPause = Duration.seconds(5)
  /// Losses before all workers were up for the first time, after which the server gives up.
  static let startAttempts = 3
  /// How often workers are looked at.
  static let beat = Duration.milliseconds(125)
  /// Beats without an answered heartbeat after which a pool counts as not answering: three seconds.
  static let answeringBeats = 24
  /// For a chunk on trial, a worker may be silent this many times longer: silence costs the chunk its answer, and a
  /// large one on a busy machine looks like one that hangs the worker.
  static let trialPatience = 4

  private var slots: [Slot]
  /// Silent beats after which a ready worker is given up.
  private let silentBeats: Int
  private var startup = StartupTimeout()
  private var failedStarts = 0
  /// Every worker has been up at once.
  private(set) var wasComplete = false
  private(set) var isEnding = false

  init(count: Int, timeout: Duration) {
    slots = Array(repeating: Slot(), count: count)
    silentBeats = Int((timeout / Self.beat).rounded())
  }

  var count: Int { slots.count }
  func isReady(_ slot: Int) -> Bool { if case .ready = slots[slot].condition { true } else { false } }
  func isDown(_ slot: Int) -> Bool { slots[slot].condition == .down }
  func isRefused(_ slot: Int) -> Bool { slots[slot].condition == .refused }
  func streams(on slot: Int) -> Int { slots[slot].streams }
  /// Whether no slot has a worker.
  var isEmpty: Bool { slots.allSatisfy { $0.condition == .down || $0.condition == .refused } }

  // MARK: Streams

  /// A slot for a new stream: the one with the fewest among those that are ready, else among those that will be.
  mutating func assign() -> Int {
    let ready = slots.indices.filter(isReady)
    let usable = ready.isEmpty ? slots.indices.filter { !isRefused($0) } : ready
    // Where every slot is refused, whoever asks is told.
    let candidates = usable.isEmpty ? Array(slots.indices) : usable
    guard let best = candidates.min(by: { slots[$0].streams < slots[$1].streams }) else {
      preconditionFailure("A pool has slots.")
    }
    slots[best].streams += 1
    return best
  }

  mutating func streamEnded(on slot: Int) {
    precondition(slots[slot].streams > 0, "A stream left a slot it was not on.")
    slots[slot].streams -= 1
  }

  // MARK: Workers

  mutating func started(_ slot: Int) {
    precondition(slots[slot].condition == .down, "A worker was started in a slot that has one.")
    slots[slot].condition = .starting
  }

  /// A worker in this slot said something.
  mutating func heard(from slot: Int) { slots[slot].silentBeats = 0 }

  mutating func heartbeatAnswered(_ slot: Int) { slots[slot].unansweredBeats = 0 }

  /// A worker is up; true when all are for the first time.
  mutating func ready(_ slot: Int, now: Duration) -> Bool {
    // It has answered no heartbeat before.
    startup.cameUp(after: slots[slot].unansweredBeats)
    slots[slot].condition = .ready(since: now)
    guard !wasComplete, slots.indices.allSatisfy({ isReady($0) || isRefused($0) }) else { return false }
    wasComplete = true
    return true
  }

  enum Loss: Equatable {
    case restart(after: Duration)
    /// The server is ending and nothing waits for a replacement.
    case leaveDown
    /// None has come up after several attempts.
    case giveUp
  }

  /// A worker was lost, or could not be started.
  /// - Parameter isNeeded: whether streams in this slot wait for answers.
  mutating func lost(_ slot: Int, now: Duration, isNeeded: Bool) -> Loss {
    var state = slots[slot]
    if case .ready(let since) = state.condition, now - since >= Self.steadyLife { state.failures = 0 }
    let pause =
      state.failures == 0
      ? .zero : min(Self.longestPause, Self.firstPause * (1 << min(state.failures - 1, 10)))
    slots[slot] = Slot(streams: state.streams, failures: state.failures + 1)
    guard !isEnding || isNeeded else { return .leaveDown }
    if !wasComplete {
      failedStarts += 1
      if failedStarts >= Self.startAttempts { return .giveUp }
    }
    return .restart(after: pause)
  }

  enum Refusal: Equatable {
    /// Other slots take its streams.
    case moveStreams
    /// No slot is left.
    case giveUp
  }

  /// The program in this slot speaks no version of the link that this server does.
  mutating func refused(_ slot: Int) -> Refusal {
    slots[slot] = Slot(condition: .refused, streams: slots[slot].streams)
    return wasComplete && !slots.indices.allSatisfy(isRefused) ? .moveStreams : .giveUp
  }

  // MARK: Heartbeats

  enum Check: Equatable {
    case sendHeartbeat(slot: Int, seq: Int)
    /// It was silent for too long.
    case replace(slot: Int)
  }

  /// Once a beat. Beats are counted, not time: a server that was stopped itself has not looked for answers either.
  mutating func checkHeartbeats(isOnTrial: (Int) -> Bool) -> [Check] {
    var checks: [Check] = []
    for slot in slots.indices where slots[slot].condition != .down && !isRefused(slot) {
      let allowed = isReady(slot) ? silentBeats * (isOnTrial(slot) ? Self.trialPatience : 1) : startup.beats
      guard slots[slot].silentBeats < allowed else {
        if !isReady(slot) { startup.abandoned() }
        checks.append(.replace(slot: slot))
        continue
      }
      if isReady(slot) {
        slots[slot].heartbeats += 1
        checks.append(.sendHeartbeat(slot: slot, seq: slots[slot].heartbeats))
      }
      slots[slot].silentBeats += 1
      slots[slot].unansweredBeats += 1
    }
    return checks
  }

  /// Whether a worker has measured something recently.
  var isAnswering: Bool {
    slots.indices.contains { isReady($0) && slots[$0].unansweredBeats <= Self.answeringBeats }
  }

  /// No worker is replaced any more but where one is needed.
  mutating func end() { isEnding = true }
}
