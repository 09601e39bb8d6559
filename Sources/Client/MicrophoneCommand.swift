import Capture
import IO
import WebSocket

/// Sends a microphone's sound.
final class MicrophoneCommand {
  private let stage: Stage
  private let options: MicrophoneOptions
  private let microphone: CaptureThread
  private let wake: Wake
  private var current: StreamRun?

  /// What the capture thread's wake-up calls, on the loop.
  private final class Wake: @unchecked Sendable {
    weak var run: StreamRun?
  }

  /// Opens the device.
  init(stage: Stage, options: MicrophoneOptions) throws(CaptureError) {
    self.stage = stage
    self.options = options
    var capture = CaptureOptions()
    capture.reopens = options.server.retries
    let wake = Wake()
    let gate = stage.loop.gate
    self.wake = wake
    microphone = try CaptureThread(device: options.device, format: options.format, options: capture) {
      gate.submit { wake.run?.pump() }
    }
  }

  func run() -> ExitStatus {
    let feed = MicrophoneFeed(
      microphone, chunkFrames: options.chunkFrames, duration: options.duration,
      stopSource: { [microphone] in microphone.stop() })
    let setup = StreamRun.Setup(
      url: options.server.url(announcing: options.format), place: "\(options.server.url)",
      policy: Conversation.Policy(
        retries: options.server.retries, resumes: true, isLive: true, retryFor: options.spool.retryFor),
      output: StreamOutput(options.output, to: StandardOutput(stage.console), console: stage.console),
      engine: options.server.engine, kind: "device", name: options.device, totalSeconds: nil,
      source: options.format.words, spoolBytes: options.spool.fileBytes)
    let run = StreamRun(stage: stage, feed: feed, setup: setup) { [stage] outcome in stage.leave(outcome.status) }
    current = run
    wake.run = run
    stage.interrupted = { run.interrupt() }
    stage.redraw = { run.show() }
    run.begin()
    return stage.run()
  }
}
