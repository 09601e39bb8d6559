import Capture
import IO

/// Sends the audio of a microphone.
final class MicrophoneCommand {
  private let runtime: ClientRuntime
  private let options: MicrophoneOptions
  private let microphone: CaptureThread
  private let wake: Wake

  /// Opens the device.
  /// - Parameter awaits: whether one that is not there is waited for.
  init(runtime: ClientRuntime, options: MicrophoneOptions, awaits: Bool) throws(CaptureError) {
    self.runtime = runtime
    var options = options
    var capture = CaptureOptions()
    capture.reopens = options.server.retries
    capture.awaitsDevice = awaits && options.server.retries
    capture.channels = options.picked
    let wake = Wake()
    let gate = runtime.loop.gate
    let signal: @Sendable () -> Void = { gate.submit { wake.run?.sendAudio() } }
    self.wake = wake
    do throws(CaptureError) {
      microphone = try CaptureThread(device: options.device, format: options.format, options: capture, wake: signal)
    } catch {
      guard error.isUnknownName, let meant = try Self.meant(by: options.device) else { throw error }
      options.device = meant
      microphone = try CaptureThread(device: meant, format: options.format, options: capture, wake: signal)
      runtime.console.note("device: \(meant)")
    }
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
      microphone, chunkFrames: options.chunkFrames, duration: options.duration,
      stopSource: { [microphone] in microphone.stop() })
    let setup = StreamRun.Setup(
      url: options.server.url(announcing: options.format), place: "\(options.server.url)",
      policy: ConnectionMachine.Policy(
        retries: options.server.retries, resumes: true, isLive: true, retryFor: options.spool.retryFor),
      output: StreamOutput(options.output, to: StandardOutput(runtime.console), console: runtime.console),
      kind: "device", name: options.device, totalSeconds: nil, isPaced: true, source: options.format.words,
      spoolBytes: options.spool.fileBytes)
    let run = StreamRun(runtime: runtime, source: source, setup: setup) { [runtime] in runtime.leave($0.status) }
    wake.run = run
    runtime.interrupted = { run.interrupt() }
    runtime.redraw = { run.show() }
    run.begin()
    return runtime.run()
  }
}
