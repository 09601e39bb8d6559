import Capture
import Glibc
import IO
import SpeechClient

/// Sends the audio of a microphone.
final class MicrophoneCommand {
  /// How long the question waits whether to keep what no server took.
  private static let answerPatience = Duration.seconds(60)

  /// Whether it is another day is looked at this often.
  private static let tidyInterval = Duration.seconds(60)

  private let runtime: ClientRuntime
  private let options: MicrophoneOptions
  private let microphone: CaptureThread
  private let keeper: SoundKeeper?
  private let recorder: PermanentRecorder?
  private let keyboard: Keyboard?
  private let wake: Wake
  private var hasLostSound = false

  /// Opens the device, and creates the file for `--record`.
  /// - Parameters:
  ///   - recorder: keeps texts and sound in folders.
  ///   - awaits: whether a device that is not there is waited for.
  init(
    runtime: ClientRuntime, options: MicrophoneOptions, recorder: PermanentRecorder?, awaits: Bool
  ) throws(CaptureError) {
    self.recorder = recorder
    self.runtime = runtime
    var options = options
    var capture = CaptureOptions()
    capture.reopens = options.server.retries
    capture.awaitsDevice = awaits && options.server.retries
    capture.channels = options.picked
    let wake = Wake()
    let signal = wake.signal(through: runtime.loop.gate)
    self.wake = wake
    do throws(CaptureError) {
      microphone = try CaptureThread(device: options.device, format: options.format, options: capture, wake: signal)
    } catch {
      guard error.isUnknownName, let meant = try Self.meant(by: options.device) else { throw error }
      options.device = meant
      microphone = try CaptureThread(device: meant, format: options.format, options: capture, wake: signal)
      runtime.console.inform("device: \(meant)")
    }
    keeper = try options.keeping.soundFile.map { path throws(CaptureError) in
      SoundKeeper(try RecordingFile(path: path, format: options.format))
    }
    keyboard = Keyboard(runtime.console, on: runtime.loop)
    self.options = options
  }

  /// The device that a number or a part of a name stands for.
  private static func meant(by typed: String) throws(CaptureError) -> String? {
    switch DeviceChoice(typed, among: CaptureDevice.list().devices) {
    case .device(let name): return name
    case .several(let names): throw .ambiguousDevice(device: typed, names: names)
    case .none: return nil
    }
  }

  func run() -> ExitStatus {
    let source = MicrophoneChunkSource(
      microphone, chunkFrames: options.chunkFrames, duration: options.duration, keeper: keeper ?? recorder?.sound,
      stopSource: { [microphone] in microphone.stop() })
    let output = StreamOutput(
      options.output, of: StreamOutput.Source(kind: "device", name: options.device),
      to: StandardOutput(runtime.console), console: runtime.console)
    let presenter = StreamPresenter(
      runtime: runtime,
      setup: StreamPresenter.Setup(
        output: output, source: options.format.words, isFile: false, texts: recorder?.texts)
    ) { [unowned self] run, outcome in
      ended(run, outcome)
    }
    let run = StreamRun(
      on: runtime.loop, over: runtime.connections, source: source, setup: setup, delegate: presenter)
    wake.run = run
    runtime.interrupted = { run.interrupt() }
    runtime.redraw = { presenter.show(run) }
    keeper?.failed = { [unowned self] in
      hasLostSound = true
      runtime.console.note("\($0); the sound is sent, but not kept any more")
    }
    if let keyboard {
      presenter.keys.isListening = true
      keyboard.pressed = { byte in Self.pressed(byte, run, presenter, source) }
    }
    run.begin()
    runtime.loop.after(.zero, repeating: Self.tidyInterval) { [recorder] in recorder?.tidy() }
    return runtime.run()
  }

  private var setup: StreamRun.Setup {
    var setup = StreamRun.Setup(
      url: options.server.url(announcing: options.format), place: "\(options.server.url)",
      policy: ConnectionMachine.Policy(
        retries: options.server.retries, resumes: true, isLive: true, retryFor: options.spool.retryFor))
    setup.isPaced = true
    setup.spoolBytes = options.spool.fileBytes
    setup.record =
      options.output == .json ? StreamRecord(kind: "device", name: options.device, format: options.format) : nil
    setup.reportsEveryAttempt = runtime.console.isLog
    setup.quotesTexts = recorder?.texts == nil
    setup.tick = StreamPresenter.tick(on: runtime.console)
    return setup
  }

  private static func pressed(
    _ byte: UInt8, _ run: StreamRun, _ presenter: StreamPresenter, _ source: MicrophoneChunkSource
  ) {
    switch Key(byte) {
    case .pause:
      source.isPaused.toggle()
      presenter.keys.isPaused = source.isPaused
      // What was said before the pause is not joined to what is said after it.
      if source.isPaused { run.flush() }
    case .mark: run.mark()
    case .quit: run.interrupt()
    case nil: return
    }
    presenter.show(run)
  }

  // MARK: - The end

  private func ended(_ run: StreamRun, _ outcome: StreamPresenter.Outcome) {
    var status = outcome.status
    if recorder?.finish() == false { status = status.and(.incomplete) }
    if let keeper {
      if let seconds = keeper.finish() { runtime.console.inform("\(keeper.path): \(seconds.clock()) recorded") }
      if hasLostSound { status = status.and(.incomplete) }
      return runtime.leave(status)
    }
    guard run.unansweredSeconds > 0, recorder?.sound == nil else { return runtime.leave(status) }
    offer(run, then: status)
  }

  /// Offers to keep the sound that no server took, if there is somebody to ask.
  private func offer(_ run: StreamRun, then status: ExitStatus) {
    let seconds = run.unansweredSeconds
    guard let keyboard else {
      runtime.console.note("\(seconds.fixed(1)) s of sound lost; --record FILE keeps it")
      return runtime.leave(status)
    }
    let path = Self.freePath()
    runtime.console.note("no server took \(seconds.fixed(1)) s of sound: press k to keep it in \(path), d to drop it")
    runtime.interrupted = { [runtime] in runtime.leave(status) }
    keyboard.pressed = { [unowned self] byte in
      switch byte {
      case UInt8(ascii: "k"), UInt8(ascii: "K"): keep(run, in: path)
      case UInt8(ascii: "d"), UInt8(ascii: "D"): break
      default: return
      }
      runtime.leave(status)
    }
    // Nobody there: sound that is kept can still be deleted.
    runtime.loop.after(Self.answerPatience) { [unowned self] in
      keep(run, in: path)
      runtime.leave(status)
    }
  }

  private func keep(_ run: StreamRun, in path: String) {
    do throws(CaptureError) {
      let file = try RecordingFile(path: path, format: options.format)
      run.takeUnanswered { chunk in chunk.withUnsafeBytes { file.write($0) } }
      file.close()
      if let failure = file.failure { throw failure }
      runtime.console.note("kept in \(path)")
    } catch {
      runtime.console.note("not kept: \(error)")
    }
  }

  /// In the folder the user is in, named after the time.
  private static func freePath() -> String {
    var now = time(nil)
    var parts = tm()
    localtime_r(&now, &parts)
    func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
    let day = "\(parts.tm_year + 1900)\(two(parts.tm_mon + 1))\(two(parts.tm_mday))"
    return "unsent-\(day)-\(two(parts.tm_hour))\(two(parts.tm_min))\(two(parts.tm_sec)).flac"
  }
}
