import Capture
import IO
import WebSocket

/// Sends files, each over a connection of its own: one after another, or several at once.
final class FileCommand {
  private let stage: Stage
  private let options: FileOptions
  private var queue: FileQueue
  private let ordered: OrderedOutput
  private var status = ExitStatus.done
  private var files: [Int: AudioFile] = [:]
  private var runs: [Int: StreamRun] = [:]
  private var screen: FilesScreen
  private var loggedAt = Duration.zero

  init(stage: Stage, options: FileOptions) {
    self.stage = stage
    self.options = options
    queue = FileQueue(count: options.paths.count, jobs: options.jobs)
    ordered = OrderedOutput(to: StandardOutput(stage.console))
    screen = FilesScreen(count: options.paths.count, glyphs: stage.console.traits.glyphs)
  }

  /// Several at once: their progress is shown together.
  private var isMany: Bool { min(options.jobs, options.paths.count) > 1 }

  func run() -> ExitStatus {
    if let folder = options.outputFolder, let obstacle = makeFolder(folder) {
      stage.console.note("audio-client: --output-dir: \(obstacle)")
      return .incomplete
    }
    stage.interrupted = { [unowned self] in self.interrupt() }
    stage.redraw = { [unowned self] in self.show() }
    if isMany {
      loggedAt = stage.loop.now
      let every = Duration.milliseconds(stage.console.isLive ? 100 : 250)
      stage.loop.after(every, repeating: every) { [unowned self] in self.show() }
    }
    advance()
    return stage.run()
  }

  /// Does what it is time for.
  private func advance() {
    while let index = queue.nextToOpen() { open(index) }
    while let index = queue.nextToSend() { send(index) }
    if queue.isOver { end() }
  }

  private func open(_ index: Int) {
    let path = options.paths[index]
    OffLoop.run(on: stage.loop) {
      do throws(CaptureError) { return .success(try Self.open(path)) } catch { return .failure(error) }
    } then: { [self] (opened: Result<AudioFile, CaptureError>) in
      do throws(CaptureError) {
        files[index] = try opened.get()
        queue.opened(index)
      } catch {
        stage.console.note("\(error)")
        skip(index)
      }
      advance()
    }
  }

  /// In its own format where the wire has that, so that the server measures the file itself.
  private static func open(_ path: String) throws(CaptureError) -> AudioFile {
    try AudioFile(path: path) { $0.sendable }
  }

  private func skip(_ index: Int) {
    status = status.and(.incomplete)
    queue.failed(index)
    ordered.finish(index)
  }

  private func sink(_ index: Int) -> (any ResultSink)? {
    guard options.outputFolder != nil else { return ordered.sink(index) }
    let path = options.outputPaths[index]
    if let file = OutputFile(path: path) { return file }
    stage.console.note("\(AudioFile.name(options.paths[index])): \(path) can't be written: \(systemError())")
    return nil
  }

  private func send(_ index: Int) {
    guard let file = files.removeValue(forKey: index) else { preconditionFailure("It was opened before its turn.") }
    guard let sink = sink(index) else {
      queue.ended(index)
      skip(index)
      return
    }
    let format = file.format
    let setup = StreamRun.Setup(
      url: options.server.url(announcing: format), place: "\(options.server.url)",
      policy: Conversation.Policy(
        retries: options.server.retries, resumes: true, retryFor: options.spool.retryFor),
      output: StreamOutput(options.output, to: sink, console: stage.console), engine: options.server.engine,
      kind: "file", name: AudioFile.name(file.path), title: options.title, totalSeconds: file.seconds,
      source: format.words, spoolBytes: options.spool.fileBytes, isAlone: !isMany)
    let converted = format == file.ownFormat ? "" : ", sent as \(format.words)"
    stage.console.note(
      "\(setup.title ?? setup.name): \(file.kind), \(file.ownFormat.words), \(file.seconds.clock())\(converted)")
    let feed = FileFeed(
      file, speed: options.speed, chunkFrames: format.frames(milliseconds: options.chunkMilliseconds),
      duration: options.duration)
    let run = StreamRun(stage: stage, feed: feed, setup: setup) { [unowned self] in self.ended(index, $0) }
    run.onOpened = { [unowned self] in
      self.queue.serverAnswered()
      // Not from inside what the connection says.
      self.stage.loop.after(.zero) { self.advance() }
    }
    runs[index] = run
    run.begin()
  }

  private func ended(_ index: Int, _ outcome: StreamRun.Outcome) {
    status = status.and(outcome.status)
    if let run = runs[index] { screen.finished(seconds: run.feed.position) }
    if outcome.endsAll { queue.close() }
    // Not from inside the run that is over.
    stage.loop.after(.zero) { [self] in
      runs[index] = nil
      queue.ended(index)
      advance()
    }
  }

  private func interrupt() {
    queue.close()
    let interrupted = runs.sorted { $0.key < $1.key }
    for (_, run) in interrupted { run.interrupt() }
    if queue.isOver { end() }
  }

  private func end() {
    stage.console.clear()
    if !queue.unsent.isEmpty {
      stage.console.note("not sent: \(queue.unsent.map { AudioFile.name(options.paths[$0]) }.joined(separator: ", "))")
      status = status.and(.incomplete)
    }
    stage.leave(status)
  }

  // MARK: - The screen

  private func show() {
    guard isMany else {
      for run in runs.values { run.show() }
      return
    }
    guard !queue.isOver else { return }
    screen.done = queue.done
    screen.running = runs.sorted { $0.key < $1.key }.map(\.value.screen)
    if let first = runs.values.compactMap(\.firstSentAt).min() { screen.began(at: first) }
    screen.now = stage.loop.now
    if stage.console.isLive {
      stage.console.show(screen.lines(width:))
    } else if stage.loop.now - loggedAt >= .seconds(5) {
      loggedAt = stage.loop.now
      stage.console.note(screen.sum)
    }
  }
}
