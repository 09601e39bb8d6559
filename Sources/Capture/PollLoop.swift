internal import Glibc

/// Decides how to react to everything a capture device does, without touching it.
///
/// States: *running* → *interrupted* (overrun or suspend, being restarted) → running. Either → *away* (closed, reopened
/// after growing delays) → running at the first audio. Any → *over* if it may not be reopened. A device that is to be
/// awaited begins away.
///
/// Times are of a monotonic clock, which shows how much audio is missing.
struct PollLoop: Equatable {
  /// Constant for the life of the stream.
  struct Rules: Equatable {
    var device: String
    /// Sample rate of the stream in Hz: lost frames are reported at this rate.
    var streamRate: Int
    var patience: StallWatch.Limits
    var reopens: Bool
  }

  /// How the device was opened.
  struct Opening: Equatable {
    var format: DeviceFormat
    var period: Duration
  }

  /// Restarts in a row without a frame after which the device counts as gone. (PipeWire, once killed, can be restarted
  /// forever.)
  static let restarts = 8
  /// Delay before the next attempt to resume a suspended device.
  static let resumePause: Duration = .milliseconds(100)
  /// Attempts to resume in a row: a laptop takes seconds to wake its devices.
  static let resumes = 100
  static let firstReopen: Duration = .milliseconds(100)
  static let lastReopen: Duration = .seconds(5)

  private enum State: Equatable {
    case running
    case interrupted(suspended: Bool, attempts: Int)
    case away(attempts: Int)
    case over
  }

  private let rules: Rules
  private var state: State
  /// Nil before the device was open for the first time.
  private var format: DeviceFormat?
  private var hasStarted: Bool
  private var clock: AudioClock
  private var stalls: StallWatch

  /// The device is open and records since `now`.
  init(_ rules: Rules, opening: Opening, at now: Duration) {
    self.rules = rules
    state = .running
    format = opening.format
    hasStarted = true
    clock = AudioClock(rate: opening.format.sampleRate)
    stalls = StallWatch(rules.patience, period: opening.period, openedAt: now)
  }

  /// The device is not there yet.
  init(awaiting rules: Rules) {
    self.rules = rules
    state = .away(attempts: 1)
    hasStarted = false
    clock = AudioClock(rate: rules.streamRate)
    stalls = StallWatch(rules.patience, period: .zero, openedAt: .zero)
  }

  /// The first action of a loop that awaits its device.
  func begin(_ error: CaptureError) -> Action { .reopen(after: Self.firstReopen, telling: .absent(error)) }

  // MARK: The device delivers

  /// How to handle frames that arrived.
  enum Arrival: Equatable {
    case take
    /// Report these events first: they come before the frames.
    case tellAndTake(CaptureEvent)
  }

  /// The device has delivered everything it had: `frames`, at least one.
  mutating func received(frames: Int, at now: Duration) -> Arrival {
    guard let format else { preconditionFailure("a device that delivers was opened") }
    let before = state
    state = .running
    stalls.heard(at: now)
    guard before != .running else { return counted(frames: frames, at: now) }
    // The device may have come back with another rate than the clock counts in.
    let seconds = Double(frames) / Double(format.sampleRate)
    let lost = streamFrames(clock.missing(before: seconds, at: now))
    clock = AudioClock(rate: format.sampleRate)
    _ = clock.count(frames: frames, at: now)
    switch before {
    case .interrupted(suspended: true, _): return .tellAndTake(.suspended(lostFrames: lost))
    case .interrupted(suspended: false, _): return .tellAndTake(.overrun(lostFrames: lost))
    case .away where hasStarted: return .tellAndTake(.back(format, lostFrames: lost))
    case .away:
      hasStarted = true
      return .tellAndTake(.started(format))
    case .running, .over: preconditionFailure("a loop that is over reads no more")
    }
  }

  private mutating func counted(frames: Int, at now: Duration) -> Arrival {
    if let gap = clock.count(frames: frames, at: now) { return .tellAndTake(.gap(lostFrames: streamFrames(gap))) }
    return clock.errorToTell().map { .tellAndTake(.clock(error: $0)) } ?? .take
  }

  // MARK: The device does not deliver

  /// Next step for the device.
  enum Action: Equatable {
    case wait
    /// Report this, and wait.
    case tell(CaptureEvent)
    /// Prepare it and start it.
    case restart
    /// Ask it to resume, after this delay.
    case resume(after: Duration)
    /// Close it and, after this delay, reopen it. Report `telling` first.
    case reopen(after: Duration, telling: CaptureEvent?)
    case fail(CaptureError)
  }

  /// A wait ended without audio and without an error.
  mutating func idled(at now: Duration) -> Action {
    switch stalls.idled(at: now) {
    case .patient: return .wait
    case .slow:
      // Of one that is away it is known already.
      guard case .running = state else { return .wait }
      return .tell(.slow(after: rules.patience.stallAfter, patience: rules.patience.firstAudioAfter))
    case .stalled(let after): return leave(.deviceStalled(device: rules.device, after: after))
    }
  }

  /// Waiting, reading, restarting or resuming has failed.
  mutating func failed(_ failure: CallFailure) -> Action {
    switch Int32(failure.code) {
    case EAGAIN, EINTR:
      if case .interrupted(suspended: true, let attempts) = state, failure.call == "snd_pcm_resume" {
        return interrupt(suspended: true, attempts: attempts, failure)
      }
      return .wait
    case EPIPE:
      if case .interrupted(let suspended, let attempts) = state {
        return interrupt(suspended: suspended, attempts: attempts, failure)
      }
      return interrupt(suspended: false, attempts: 0, failure)
    case ESTRPIPE:
      if case .interrupted(_, let attempts) = state { return interrupt(suspended: true, attempts: attempts, failure) }
      return interrupt(suspended: true, attempts: 0, failure)
    case ENOSYS where failure.call == "snd_pcm_resume":
      // The driver cannot continue where it was: restart it.
      return .restart
    default:
      return leave(.deviceGone(device: rules.device, failure))
    }
  }

  private mutating func interrupt(suspended: Bool, attempts: Int, _ failure: CallFailure) -> Action {
    // A device that fails before its first frame is still away.
    if case .away = state { return leave(.deviceGone(device: rules.device, failure)) }
    guard attempts < (suspended ? Self.resumes : Self.restarts) else {
      return leave(.deviceGone(device: rules.device, failure))
    }
    state = .interrupted(suspended: suspended, attempts: attempts + 1)
    stalls.restarted()
    return suspended ? .resume(after: attempts == 0 ? .zero : Self.resumePause) : .restart
  }

  // MARK: The device is away

  private mutating func leave(_ error: CaptureError) -> Action {
    guard rules.reopens else {
      state = .over
      return .fail(error)
    }
    if case .away = state { return stillAway() }
    state = .away(attempts: 1)
    return .reopen(after: Self.firstReopen, telling: .lost(error))
  }

  /// Reopening it has failed.
  mutating func openFailed() -> Action { stillAway() }

  /// It is open again; it counts as back once audio arrives.
  mutating func reopened(_ opening: Opening, at now: Duration) {
    format = opening.format
    stalls.reopened(period: opening.period, at: now)
  }

  private mutating func stillAway() -> Action {
    guard case .away(let attempts) = state else { preconditionFailure("only a device that is away is opened again") }
    state = .away(attempts: min(attempts + 1, 16))
    let pause = Self.firstReopen * (1 << min(attempts, 16))
    return .reopen(after: min(pause, Self.lastReopen), telling: nil)
  }

  private func streamFrames(_ seconds: Double) -> Int {
    max(0, Int((seconds * Double(rules.streamRate)).rounded()))
  }
}
