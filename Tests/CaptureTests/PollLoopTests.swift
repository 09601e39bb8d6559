internal import Glibc
import Testing

@testable import Capture

struct PollLoopTests {
  private static let format = DeviceFormat(sampleRate: 48_000, channels: 2, encoding: .s16)
  private static let period = 960

  private func loop(reopens: Bool = true) -> PollLoop {
    PollLoop(rules(reopens: reopens), opening: Self.opening(), at: .zero)
  }

  private func rules(reopens: Bool = true) -> PollLoop.Rules {
    let patience = StallWatch.Limits(stallAfter: .seconds(2), firstAudioAfter: .seconds(10))
    return PollLoop.Rules(device: "desk", streamRate: 16_000, patience: patience, reopens: reopens)
  }

  private static func opening(
    _ format: DeviceFormat = format, period: Duration = .milliseconds(20)
  ) -> PollLoop.Opening { PollLoop.Opening(format: format, period: period) }

  private func failure(_ code: Int32, _ call: String = "snd_pcm_readi") -> CallFailure {
    CallFailure(call: call, code: Int(code), reason: "as the test says")
  }

  /// Delivers periods in time from `start` to `end`, all of which must simply be taken.
  private func run(_ loop: inout PollLoop, from start: Duration, to end: Duration) {
    var now = start
    while now < end {
      now += .milliseconds(20)
      #expect(loop.received(frames: Self.period, at: now) == .take)
    }
  }

  @Test func `audio in time is taken, and a wait for nothing is waited again`() {
    var loop = loop()
    run(&loop, from: .zero, to: .seconds(10))
    #expect(loop.idled(at: .seconds(10.05)) == .wait)
    #expect(loop.failed(failure(EINTR)) == .wait)
    #expect(loop.failed(failure(EAGAIN)) == .wait)
  }

  @Test func `an overrun is restarted, and told with what the clock says is lost once audio is back`() {
    var loop = loop()
    run(&loop, from: .zero, to: .seconds(3))
    #expect(loop.failed(failure(EPIPE)) == .restart)
    // The last period came at 3 s; the next at 3.62: 600 ms were lost, at 16 kHz.
    #expect(
      loop.received(frames: Self.period, at: .seconds(3.62)) == .tellAndTake(.overrun(lostFrames: 9600)))
    #expect(loop.received(frames: Self.period, at: .seconds(3.64)) == .take)
  }

  @Test func `restarts without audio between are not made forever`() {
    var loop = loop()
    run(&loop, from: .zero, to: .seconds(1))
    for _ in 0..<PollLoop.restarts { #expect(loop.failed(failure(EPIPE)) == .restart) }
    #expect(
      loop.failed(failure(EPIPE))
        == .reopen(after: PollLoop.firstReopen, telling: .lost(.deviceGone(device: "desk", failure(EPIPE)))))
  }

  @Test func `audio between them lets restarts begin anew`() {
    var loop = loop()
    for second in 0..<40 {
      #expect(loop.failed(failure(EPIPE)) == .restart)
      _ = loop.received(frames: Self.period, at: .seconds(second))
    }
  }

  @Test func `a suspended device is asked until it wakes`() {
    var loop = loop()
    run(&loop, from: .zero, to: .seconds(1))
    #expect(loop.failed(failure(ESTRPIPE)) == .resume(after: .zero))
    #expect(loop.failed(failure(EAGAIN, "snd_pcm_resume")) == .resume(after: PollLoop.resumePause))
    #expect(
      loop.received(frames: Self.period, at: .seconds(61.02)) == .tellAndTake(.suspended(lostFrames: 960_000)))
  }

  @Test func `a driver that can't resume is restarted`() {
    var loop = loop()
    #expect(loop.failed(failure(ESTRPIPE)) == .resume(after: .zero))
    #expect(loop.failed(failure(ENOSYS, "snd_pcm_resume")) == .restart)
  }

  @Test(arguments: [ENODEV, EIO, EBADFD])
  func `a device that is gone is opened again after growing pauses`(_ code: Int32) {
    var loop = loop()
    run(&loop, from: .zero, to: .seconds(1))
    let gone = CaptureError.deviceGone(device: "desk", failure(code))
    #expect(loop.failed(failure(code)) == .reopen(after: .milliseconds(100), telling: .lost(gone)))
    var pauses: [Duration] = []
    for _ in 0..<8 {
      guard case .reopen(let pause, telling: nil) = loop.openFailed() else {
        Issue.record("it must go on")
        return
      }
      pauses.append(pause)
    }
    #expect(pauses == [200, 400, 800, 1600, 3200, 5000, 5000, 5000].map { .milliseconds($0) })
    let other = DeviceFormat(sampleRate: 44_100, channels: 1, encoding: .s32)
    loop.reopened(Self.opening(other), at: .seconds(21))
    #expect(
      loop.received(frames: 882, at: .seconds(21.02)) == .tellAndTake(.back(other, lostFrames: 320_000)))
    #expect(loop.received(frames: 882, at: .seconds(21.04)) == .take)
  }

  @Test func `a device that opens and sends nothing is still away, and not told twice`() {
    var loop = loop()
    run(&loop, from: .zero, to: .seconds(1))
    let stalled = CaptureError.deviceStalled(device: "desk", after: .seconds(2))
    #expect(loop.idled(at: .seconds(2.9)) == .wait)
    #expect(loop.idled(at: .seconds(3)) == .reopen(after: .milliseconds(100), telling: .lost(stalled)))
    loop.reopened(Self.opening(), at: .seconds(3.1))
    // It is given as much time as at first, without a word.
    #expect(loop.idled(at: .seconds(13)) == .wait)
    #expect(loop.idled(at: .seconds(13.2)) == .reopen(after: .milliseconds(200), telling: nil))
    loop.reopened(Self.opening(), at: .seconds(13.3))
    #expect(loop.failed(failure(EPIPE)) == .reopen(after: .milliseconds(400), telling: nil))
  }

  @Test func `a device that starts slowly is waited for, and that is told once`() {
    var loop = loop()
    #expect(loop.idled(at: .seconds(1.9)) == .wait)
    #expect(loop.idled(at: .seconds(2)) == .tell(.slow(after: .seconds(2), patience: .seconds(10))))
    #expect(loop.idled(at: .seconds(9.9)) == .wait)
    #expect(loop.received(frames: Self.period, at: .seconds(9.95)) == .take)
    // From now on it is held to its pace.
    #expect(loop.idled(at: .seconds(11.9)) == .wait)
    let stalled = CaptureError.deviceStalled(device: "desk", after: .seconds(2))
    #expect(loop.idled(at: .seconds(12)) == .reopen(after: .milliseconds(100), telling: .lost(stalled)))
  }

  @Test func `a device that is restarted may start slowly again`() {
    var loop = loop()
    run(&loop, from: .zero, to: .seconds(1))
    #expect(loop.failed(failure(EPIPE)) == .restart)
    #expect(loop.idled(at: .seconds(10)) == .wait)
    guard case .tellAndTake(.overrun) = loop.received(frames: Self.period, at: .seconds(10.5)) else {
      Issue.record("it is back")
      return
    }
  }

  @Test func `a device with long periods is not held to a shorter time`() {
    var loop = PollLoop(rules(), opening: Self.opening(period: .seconds(5)), at: .zero)
    for period in 1...5 {
      #expect(loop.received(frames: 240_000, at: .seconds(5 * period)) == .take)
      #expect(loop.idled(at: .seconds(5 * period + 4)) == .wait)
    }
    guard case .reopen(_, telling: .lost(.deviceStalled)) = loop.idled(at: .seconds(40)) else {
      Issue.record("it has stalled")
      return
    }
  }

  @Test func `a device that is awaited is looked for until it is there`() {
    let absent = CaptureError.noSuchDevice(device: "desk", failure(ENODEV, "snd_pcm_open"))
    var loop = PollLoop(awaiting: rules())
    #expect(loop.begin(absent) == .reopen(after: .milliseconds(100), telling: .absent(absent)))
    #expect(loop.openFailed() == .reopen(after: .milliseconds(200), telling: nil))
    loop.reopened(Self.opening(), at: .seconds(60))
    #expect(loop.received(frames: Self.period, at: .seconds(60.02)) == .tellAndTake(.started(Self.format)))
    #expect(loop.received(frames: Self.period, at: .seconds(60.04)) == .take)
  }

  @Test func `where nothing may be opened again, a loss is the end`() {
    var loop = loop(reopens: false)
    #expect(loop.failed(failure(ENODEV)) == .fail(.deviceGone(device: "desk", failure(ENODEV))))
    loop = self.loop(reopens: false)
    #expect(loop.idled(at: .seconds(10)) == .fail(.deviceStalled(device: "desk", after: .seconds(10))))
    loop = self.loop(reopens: false)
    #expect(loop.failed(failure(EPIPE)) == .restart)
  }

  @Test func `audio that is missing without an error is a gap, told once`() {
    var loop = loop()
    run(&loop, from: .zero, to: .seconds(3))
    var gaps: [PollLoop.Arrival] = []
    for step in 1...100 {
      let now = Duration.seconds(3.3) + .milliseconds(20 * step)
      let arrival = loop.received(frames: Self.period, at: now)
      if arrival != .take { gaps.append(arrival) }
    }
    #expect(gaps == [.tellAndTake(.gap(lostFrames: 4800))])
  }

  @Test func `audio that is only late is no gap`() {
    var loop = loop()
    run(&loop, from: .zero, to: .seconds(3))
    // The thread slept for 400 ms, and then took everything.
    #expect(loop.received(frames: 21 * Self.period, at: .seconds(3.42)) == .take)
    run(&loop, from: .seconds(3.42), to: .seconds(8))
  }
}

struct AudioClockTests {
  /// What the clock finds in ten minutes of 20 ms periods, each late by `jitter(period)` seconds, at a device rate off
  /// by `drift`.
  private func found(drift: Double = 0, periods: Int = 30_000, jitter: (Int) -> Double = { _ in 0 }) -> [Double] {
    var clock = AudioClock(rate: 48_000)
    return (1...periods).compactMap { period in
      clock.count(frames: 960, at: .seconds(Double(period) * 0.02 * (1 + drift) + jitter(period)))
    }
  }

  /// The errors of the clock that it tells in ten minutes.
  private func told(drift: Double, periods: Int = 30_000, jitter: (Int) -> Double = { _ in 0 }) -> [Double] {
    var clock = AudioClock(rate: 48_000)
    return (1...periods).compactMap { period in
      let now = Duration.seconds(Double(period) * 0.02 * (1 + drift) + jitter(period))
      _ = clock.count(frames: 960, at: now)
      return clock.errorToTell()
    }
  }

  @Test(arguments: [0.0, 0.0001, -0.0001, 0.0009, -0.0009, 0.005, -0.008, 0.03, -0.03])
  func `clocks that drift apart lose nothing`(_ drift: Double) {
    #expect(found(drift: drift) == [])
    #expect(found(drift: drift, jitter: { Double($0 % 3) * 0.01 }) == [])
  }

  @Test(arguments: [0.005, 0.008, 0.03, -0.005, -0.008, -0.03])
  func `a clock that is off is measured`(_ drift: Double) throws {
    // A period that takes longer by the drift is of a clock that is slower by it.
    let told = told(drift: drift, jitter: { Double($0 % 3) * 0.01 })
    #expect(abs(try #require(told.last) + drift) < 0.0015, "\(told)")
    #expect(told.count < 10)
  }

  @Test(arguments: [0.0, 0.0001, -0.0001, 0.001, -0.001]) func `a usual clock is not told`(_ drift: Double) {
    #expect(told(drift: drift, jitter: { Double($0 % 5) * 0.01 }) == [])
  }

  @Test(arguments: [0.0, 0.01, -0.01, 0.03, -0.03]) func `a gap is found with a clock that is off`(_ drift: Double) {
    let gaps = found(drift: drift, periods: 1500, jitter: { $0 > 750 ? 0.2 : 0 })
    #expect(gaps.count == 1 && abs((gaps.first ?? 0) - 0.2) < 0.02, "\(gaps)")
  }

  @Test func `a device with long periods may drift, too`() {
    var clock = AudioClock(rate: 48_000)
    let gaps = (1...200).compactMap { clock.count(frames: 48_000, at: .seconds(Double($0) * 1.02)) }
    #expect(gaps == [])
  }

  @Test func `lateness that is made up for is no loss`() {
    #expect(found(jitter: { $0 % 7 == 0 ? 0.08 : Double($0 % 3) * 0.01 }) == [])
  }

  @Test func `a loss is measured`() {
    let gaps = found(periods: 500, jitter: { $0 > 250 ? 0.25 : 0 })
    #expect(gaps.count == 1)
    #expect(abs((gaps.first ?? 0) - 0.25) < 0.001)
  }
}
