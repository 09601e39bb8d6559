import Capture
import IO

/// Sends the audio of a microphone.
final class MicrophoneCommand {
  private let runtime: ClientRuntime
  private let options: MicrophoneOptions
  private let microphone: CaptureThread
  private let wake: Wake

  /// The capture thread's wake-up, which is called on the loop.
  private final class Wake: @unchecked Sendable {
    weak var run: StreamRun?
  }

  /// Opens the device.
  init(runtime: ClientRuntime, options: MicrophoneOptions) throws(CaptureError) {
    self.runtime = runtime
    self.options = options
    var capture = CaptureOptions()
    capture.reopens = options.server.retries
    let wake = Wake()
    let gate = runtime.loop.gate
    self.wake = wake
    microphone = try CaptureThread(device: options.device, format: options.format, options: capture) {
      gate.submit { wake.run?.sendAudio() }
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
      kind: "device", name: options.device, totalSeconds: nil, source: options.format.words,
      spoolBytes: options.spool.fileBytes)
    let run = StreamRun(runtime: runtime, source: source, setup: setup) { [runtime] in runtime.leave($0.status) }
    wake.run = run
    runtime.interrupted = { run.interrupt() }
    runtime.redraw = { run.show() }
    run.begin()
    return runtime.run()
  }
}
