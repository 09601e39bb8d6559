import Audio
import Capture
import IO
import JSON
import SpeechClient

/// Shows a stream to the user: its results, its state and what goes wrong.
final class StreamPresenter: StreamRunDelegate {
  struct Setup {
    var output: StreamOutput
    /// Begins each line about the stream. Without it: the name.
    var title: String?
    /// Seconds of audio, if known.
    var totalSeconds: Double?
    /// For the screen: the format that is sent.
    var source: String
    var isFile: Bool
    /// Has the texts instead of the output.
    var texts: DayTexts?
    /// It is the only stream, so the terminal's block is its own.
    var isAlone = true
  }

  struct Outcome {
    var status: ExitStatus
    /// The user wants to end, or there is no server: do not begin another stream.
    var endsAll: Bool
  }

  /// Shown below the block.
  var keys = KeyState()
  private let runtime: ClientRuntime
  private let setup: Setup
  private var display: StreamDisplay
  private let onOpened: (() -> Void)?
  private let done: (StreamRun, Outcome) -> Void

  /// - Parameters:
  ///   - onOpened: a connection to the server is open.
  ///   - done: the stream is over.
  init(
    runtime: ClientRuntime, setup: Setup, onOpened: (() -> Void)? = nil,
    done: @escaping (StreamRun, Outcome) -> Void
  ) {
    self.runtime = runtime
    self.setup = setup
    self.onOpened = onOpened
    self.done = done
    display = StreamDisplay(
      name: setup.output.source.name, source: setup.source, isFile: setup.isFile, totalSeconds: setup.totalSeconds,
      glyphs: runtime.console.traits.glyphs, at: runtime.loop.now)
  }

  /// Twenty pictures a second look like movement. Without a terminal only the clock matters.
  static func tick(on console: Console) -> Duration { .milliseconds(console.isLog ? 250 : 50) }

  /// The texts are shown on the terminal, above its block.
  private var showsTexts: Bool { setup.texts == nil && setup.output.showsTexts }
  private var title: String { setup.title ?? setup.output.source.name }

  // MARK: - The screen

  /// What there is to see of the stream now.
  func screen(_ run: StreamRun) -> StreamScreen {
    display.screen(
      run.status(showsFinals: !showsTexts), position: run.position, sendingSince: run.sendingSince,
      at: runtime.loop.now)
  }

  func show(_ run: StreamRun) {
    guard setup.isAlone else { return }
    let screen = screen(run)
    if runtime.console.isLive {
      let ellipsis = runtime.console.traits.glyphs.ellipsis
      runtime.console.show { screen.lines(width: $0) + keys.lines(width: $0, ellipsis: ellipsis) }
    } else if runtime.console.isLog, run.isOpen, display.isLogDue(at: runtime.loop.now) {
      inform(screen.logLine)
    }
  }

  // MARK: - From the run

  var isFull: Bool { setup.output.isFull }
  func began() { setup.output.begin() }
  func opened() { onOpened?() }
  func heard(_ levels: Levels, seconds: Double) { display.take(levels, seconds: seconds, at: runtime.loop.now) }

  func arrived(_ message: UnsafeRawBufferPointer, isRepeat: () -> Bool) {
    setup.output.message(message, isRepeat: isRepeat)
  }

  func taken(_ message: JSONValue, by run: StreamRun) {}

  func finals(_ captions: [Caption], of run: StreamRun) {
    guard let texts = setup.texts else { return setup.output.finals(captions) }
    texts.write(captions, position: run.position, now: PermanentRecorder.now)
  }

  func ticked(_ run: StreamRun) { show(run) }

  func marked(_ mark: StreamRecord.Mark) {
    keys.marks = mark.number
    if let texts = setup.texts {
      texts.write("mark \(mark.number)", at: LocalTime(Int(PermanentRecorder.now)))
    } else {
      setup.output.mark(mark)
    }
    guard !showsTexts || setup.output.kind != .text else { return }
    inform("mark \(mark.number) at \(mark.place)")
  }

  func report(_ text: String) { runtime.console.note("\(title): \(text)") }
  func inform(_ text: String) { runtime.console.inform("\(title): \(text)") }
  func failed(_ error: CaptureError) { runtime.console.note("\(error)") }
  func record(_ text: String) { setup.output.record(text) }

  func closed() {
    if setup.isAlone { runtime.console.clear() }
  }

  func ended(_ run: StreamRun, _ outcome: StreamCourse.Outcome) {
    var status = ExitStatus(outcome.status)
    setup.output.finish()
    if let failure = setup.output.failure {
      runtime.console.note("results lost: \(failure)")
      status = status.and(.incomplete)
    }
    done(run, Outcome(status: status, endsAll: outcome.endsAll))
  }
}
