import Capture
import WebSocket
import Wire

/// Sends files one after another, each over a connection of its own.
final class FileCommand {
  private let stage: Stage
  private let options: FileOptions
  private var rest: ArraySlice<String>
  private var status = ExitStatus.done
  private var current: StreamRun?

  init(stage: Stage, options: FileOptions) {
    self.stage = stage
    self.options = options
    rest = options.paths[...]
  }

  func run() -> ExitStatus {
    next()
    return stage.run()
  }

  private func next() {
    current = nil
    guard let path = rest.popFirst() else { return stage.leave(status) }
    // Opening a pipe reads all of it: until then one Ctrl-C is enough.
    stage.interrupted = { [unowned self] in
      self.stage.console.note("\(path): interrupted before anything was sent")
      self.stage.leave(.incomplete)
    }
    OffLoop.run(on: stage.loop) {
      do throws(CaptureError) { return .success(try Self.open(path)) } catch { return .failure(error) }
    } then: { (opened: Result<AudioFile, CaptureError>) in
      do throws(CaptureError) { self.send(try opened.get()) } catch {
        self.stage.console.note("\(error)")
        self.status = self.status.and(.incomplete)
        self.next()
      }
    }
  }

  /// In its own format where the wire has that, so that the server measures the file itself.
  private static func open(_ path: String) throws(CaptureError) -> AudioFile {
    try AudioFile(path: path) { $0.sendable }
  }

  private func send(_ file: AudioFile) {
    let format = file.format
    let setup = StreamRun.Setup(
      url: options.server.url(announcing: format), place: "\(options.server.url)",
      policy: Conversation.Policy(retries: options.server.retries, resumes: false), output: options.output,
      kind: "file", name: file.path == "-" ? "stdin" : file.path, totalSeconds: file.seconds,
      source: format.words)
    let converted = format == file.ownFormat ? "" : ", sent as \(format.words)"
    stage.console.note("\(setup.name): \(file.kind), \(file.ownFormat.words), \(file.seconds.clock())\(converted)")
    let feed = FileFeed(
      file, speed: options.speed, chunkFrames: format.frames(milliseconds: options.chunkMilliseconds),
      duration: options.duration)
    let run = StreamRun(stage: stage, feed: feed, setup: setup) { [unowned self] outcome in
      self.status = self.status.and(outcome.status)
      if outcome.endsAll { self.tellUndone() }
      // Not from inside the run that is over.
      self.stage.loop.after(.zero) { self.next() }
    }
    current = run
    run.begin()
  }

  private func tellUndone() {
    guard !rest.isEmpty else { return }
    stage.console.note("not sent: \(rest.joined(separator: ", "))")
    status = status.and(.incomplete)
    rest = []
  }
}
