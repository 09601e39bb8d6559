internal import Audio
internal import Glibc
internal import Platform

/// The work of the capture thread: carries out what `PollLoop` decides, and nothing else.
final class Recorder {
  /// Limit of one wait, and so the delay with which a stop is noticed.
  static let waitMilliseconds = 50

  private let device: String
  private let format: AudioFormat
  private let options: CaptureOptions
  private let queue: CaptureQueue
  private let stopping: StopSignal
  private var microphone: Microphone?
  private var loop: PollLoop
  private var firstAction = PollLoop.Action.wait

  /// Opens the device.
  init(
    device: String, format: AudioFormat, options: CaptureOptions, queue: CaptureQueue, stopping: StopSignal
  ) throws(CaptureError) {
    self.device = device
    self.format = format
    self.options = options
    self.queue = queue
    self.stopping = stopping
    let rules = PollLoop.Rules(
      device: device, streamRate: format.sampleRate,
      patience: StallWatch.Limits(stallAfter: options.stallAfter, firstAudioAfter: options.firstAudioAfter),
      reopens: options.reopens)
    do throws(CaptureError) {
      let opened = try Microphone(device: device, format: format, options: options)
      loop = PollLoop(rules, opening: opened.opening, at: MonotonicClock.now)
      queue.tell(.started(opened.deviceFormat))
      microphone = consume opened
    } catch {
      guard options.awaitsDevice, error.mayPass else { throw error }
      loop = PollLoop(awaiting: rules)
      firstAction = loop.begin(error)
    }
  }

  /// Records until it is stopped, or until the device fails permanently.
  func run() {
    var action = firstAction
    var error: CaptureError?
    while !stopping.isSet, error == nil {
      if case .fail(let reason) = action { error = reason } else { action = perform(action) }
    }
    drain()
    queue.finish(error)
    // Last, because closing waits for a sound server that may hang.
    microphone = nil
  }

  private func perform(_ action: PollLoop.Action) -> PollLoop.Action {
    switch action {
    case .wait:
      return record()
    case .tell(let event):
      queue.tell(event)
      return .wait
    case .restart:
      return microphone?.restart().map { loop.failed($0) } ?? .wait
    case .resume(let pause):
      stopping.wait(pause)
      return microphone?.resume().map { loop.failed($0) } ?? .wait
    case .reopen(let pause, let event):
      drain()
      if let event { queue.tell(event) }
      guard queue.leave() else { return .wait }
      microphone = nil
      stopping.wait(pause)
      return stopping.isSet ? .wait : reopen()
    case .fail:
      preconditionFailure("run() ends on a failure")
    }
  }

  private func record() -> PollLoop.Action {
    switch microphone?.wait(milliseconds: Self.waitMilliseconds) ?? .nothing {
    case .failed(let failure): return loop.failed(failure)
    case .nothing: return loop.idled(at: MonotonicClock.now)
    case .frames: break
    }
    switch microphone?.read() ?? .nothing {
    case .failed(let failure):
      return loop.failed(failure)
    case .nothing:
      // A spurious wakeup: some plugins cause them endlessly.
      stopping.wait(.milliseconds(2))
      return loop.idled(at: MonotonicClock.now)
    case .frames(let frames):
      if case .tellAndTake(let event) = loop.received(frames: frames, at: MonotonicClock.now) { queue.tell(event) }
      microphone?.convert(frames: frames) { queue.write($0) }
      if let levels = microphone?.takeLevels() { queue.tell(.channels(levels)) }
      return .wait
    }
  }

  private func reopen() -> PollLoop.Action {
    CapturePCM.forgetConfiguration()
    do throws(CaptureError) {
      let opened = try Microphone(device: device, format: format, options: options)
      loop.reopened(opened.opening, at: MonotonicClock.now)
      microphone = consume opened
      queue.comeBack()
      return .wait
    } catch {
      return loop.openFailed()
    }
  }

  /// Audio still in the resampler belongs before anything that follows.
  private func drain() { microphone?.finish { queue.write($0) } }
}
