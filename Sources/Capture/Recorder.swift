internal import CLinux
internal import Glibc
internal import Wire

/// The capture thread's work: does what `PollLoop` decides, and nothing else.
final class Recorder {
  /// How long one wait may be: how late a stop is noticed.
  static let waitMilliseconds = 50

  private let device: String
  private let format: AudioFormat
  private let options: CaptureOptions
  private let queue: CaptureQueue
  private let stopping: StopSignal
  private var microphone: Microphone?
  private var loop: PollLoop

  init(
    device: String, microphone: consuming Microphone, options: CaptureOptions, queue: CaptureQueue,
    stopping: StopSignal
  ) {
    self.device = device
    self.options = options
    self.queue = queue
    self.stopping = stopping
    format = microphone.format
    let rules = PollLoop.Rules(
      device: device, streamRate: microphone.format.sampleRate, stallAfter: options.stallAfter,
      reopens: options.reopens)
    loop = PollLoop(rules, format: microphone.deviceFormat, at: Self.now)
    queue.tell(.started(microphone.deviceFormat))
    self.microphone = consume microphone
  }

  private static var now: Duration {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
  }

  /// Records until told to stop, or until the device fails for good.
  func run() {
    var action = PollLoop.Action.wait
    while !stopping.isSet {
      if case .fail(let error) = action {
        close()
        return queue.finish(error)
      }
      action = perform(action)
    }
    close()
    queue.finish()
  }

  private func perform(_ action: PollLoop.Action) -> PollLoop.Action {
    switch action {
    case .wait:
      return record()
    case .restart:
      return microphone?.restart().map { loop.failed($0) } ?? .wait
    case .resume(let pause):
      stopping.wait(pause)
      return microphone?.resume().map { loop.failed($0) } ?? .wait
    case .reopen(let pause, let event):
      close()
      if let event { queue.tell(event) }
      stopping.wait(pause)
      return stopping.isSet ? .wait : reopen()
    case .fail:
      preconditionFailure("run() ends on a failure")
    }
  }

  private func record() -> PollLoop.Action {
    switch microphone?.wait(milliseconds: Self.waitMilliseconds) ?? .nothing {
    case .failed(let failure): return loop.failed(failure)
    case .nothing: return loop.idled(at: Self.now)
    case .frames: break
    }
    switch microphone?.read() ?? .nothing {
    case .failed(let failure):
      return loop.failed(failure)
    case .nothing:
      // Woken for nothing: some plugins do so without end.
      stopping.wait(.milliseconds(2))
      return loop.idled(at: Self.now)
    case .frames(let frames):
      if case .tellAndTake(let event) = loop.received(frames: frames, at: Self.now) { queue.tell(event) }
      microphone?.convert(frames: frames) { queue.write($0) }
      return .wait
    }
  }

  private func reopen() -> PollLoop.Action {
    CapturePCM.forgetConfiguration()
    do throws(CaptureError) {
      let opened = try Microphone(device: device, format: format, options: options)
      loop.reopened(opened.deviceFormat, at: Self.now)
      microphone = consume opened
      return .wait
    } catch {
      return loop.openFailed()
    }
  }

  private func close() {
    microphone?.finish { queue.write($0) }
    microphone = nil
  }
}
