import Audio
import Capture
import IO
import SpeechClient

/// Sends files, each over its own connection: one after another, or several at once.
final class FileCommand {
  private let runtime: ClientRuntime
  private let options: FileOptions
  private var queue: FileQueue
  private let ordered: OrderedOutput
  private var status = ExitStatus.done
  /// Files of which not everything was answered.
  private var failed: Set<Int> = []
  private var files: [Int: AudioFile] = [:]
  private var runs: [Int: (run: StreamRun, presenter: StreamPresenter)] = [:]
  private var screen: FilesScreen
  private var loggedAt = Duration.zero

  init(runtime: ClientRuntime, options: FileOptions) {
    self.runtime = runtime
    self.options = options
    runtime.console.isQuiet = options.switches.isQuiet
    queue = FileQueue(count: options.paths.count, jobs: options.jobs, isLoop: options.switches.isLoop)
    ordered = OrderedOutput(to: StandardOutput(runtime.console))
    screen = FilesScreen(count: options.paths.count, glyphs: runtime.console.traits.glyphs)
  }

  /// Several files are sent at once, so their progress is shown together.
  private var isMany: Bool { min(options.jobs, options.paths.count) > 1 }

  func run() -> ExitStatus {
    if let folder = options.results.folder, let obstacle = makeFolder(folder) {
      runtime.console.note("audio-client: --output-dir: \(obstacle)")
      return .incomplete
    }
    runtime.interrupted = { [unowned self] in interrupt() }
    runtime.redraw = { [unowned self] in show() }
    if isMany {
      loggedAt = runtime.loop.now
      let interval = Duration.milliseconds(runtime.console.isLog ? 250 : 100)
      runtime.loop.after(interval, repeating: interval) { [unowned self] in show() }
    }
    advance()
    return runtime.run()
  }

  /// Opens and sends the files whose turn it is.
  private func advance() {
    while let index = queue.nextToOpen() { open(index) }
    while let index = queue.nextToSend() { send(index) }
    if queue.isOver { end() }
  }

  /// The path of a file; those of `--loop` begin again behind the last.
  private func path(_ index: Int) -> String { options.paths[index % options.paths.count] }

  private func open(_ index: Int) {
    let path = path(index)
    BackgroundJob.run(on: runtime.loop) { [conversion = options.conversion] in
      do throws(CaptureError) { return .success(try Self.open(path, conversion)) } catch {
        return .failure(error)
      }
    } then: { [self] (opened: Result<AudioFile, CaptureError>) in
      do throws(CaptureError) {
        files[index] = try opened.get()
        queue.opened(index)
      } catch {
        runtime.console.note("\(error)")
        skip(index, because: "\(error)")
      }
      advance()
    }
  }

  private static func open(_ path: String, _ conversion: FileConversion) throws(CaptureError) -> AudioFile {
    try AudioFile(path: path, raw: conversion.raw, picking: conversion.picked) { conversion.format(of: $0) }
  }

  private func source(_ file: AudioFile, wake: Wake) throws(CaptureError) -> FileChunkSource {
    try FileChunkSource(
      file, speed: options.speed, chunkFrames: file.format.frames(milliseconds: options.chunkMilliseconds),
      duration: options.duration, wake: wake.signal(through: runtime.loop.gate))
  }

  private func skip(_ index: Int, because error: String) {
    fail(index, .incomplete)
    queue.failed(index)
    if let sink = options.output == .json ? sink(index) : nil {
      sink.write(StreamRecord.failed(kind: "file", name: AudioFile.name(path(index)), error: error) + "\n")
      sink.finish()
    }
    ordered.finish(index)
  }

  private func fail(_ index: Int, _ status: ExitStatus) {
    self.status = self.status.and(status)
    failed.insert(index)
    // A file that fails each time would be tried without an end.
    if options.switches.isLoop { queue.close() }
  }

  private func sink(_ index: Int) -> (any ResultSink)? {
    guard options.results.folder != nil else { return ordered.sink(index) }
    let path = options.results.paths[index % options.results.paths.count]
    if let file = OutputFile(path: path) { return file }
    runtime.console.note("\(AudioFile.name(self.path(index))): cannot write \(path): \(systemError())")
    return nil
  }

  private func send(_ index: Int) {
    guard let file = files.removeValue(forKey: index) else { preconditionFailure("A file is opened before its turn.") }
    guard let sink = sink(index) else { return abandon(index) }
    let format = file.format
    let wake = Wake()
    let source: FileChunkSource
    do throws(CaptureError) { source = try self.source(file, wake: wake) } catch {
      runtime.console.note("\(error)")
      queue.ended(index)
      return skip(index, because: "\(error)")
    }
    let name = AudioFile.name(file.path)
    let output = StreamOutput(
      options.output,
      of: StreamOutput.Source(
        kind: "file", name: name, isOneOfMany: options.paths.count > 1 && options.results.folder == nil),
      to: sink, console: runtime.console)
    let title = options.title ?? name
    let converted = format == file.ownFormat && options.conversion.picked == nil ? "" : ", sent as \(format.words)"
    runtime.console.inform("\(title): \(file.kind), \(file.ownFormat.words), \(file.lengthText)\(converted)")
    if let note = file.unfinishedText { runtime.console.note("\(title): \(note)") }
    let presenter = StreamPresenter(
      runtime: runtime,
      setup: StreamPresenter.Setup(
        output: output, title: options.title, totalSeconds: file.seconds, source: format.words, isFile: true,
        isAlone: !isMany)
    ) { [unowned self] in
      queue.serverAnswered()
      // Later: this is called from inside the connection.
      runtime.loop.after(.zero) { self.advance() }
    } done: { [unowned self] _, outcome in
      ended(index, outcome)
    }
    let run = StreamRun(
      on: runtime.loop, over: runtime.connections, source: source, setup: setup(file, name), delegate: presenter)
    wake.run = run
    runs[index] = (run, presenter)
    run.begin()
  }

  private func setup(_ file: AudioFile, _ name: String) -> StreamRun.Setup {
    var setup = StreamRun.Setup(
      url: options.server.url(announcing: file.format), place: "\(options.server.url)",
      policy: ConnectionMachine.Policy(
        retries: options.server.retries, resumes: true, retryFor: options.spool.retryFor))
    setup.totalSeconds = file.seconds
    setup.isPaced = options.speed == .realtime
    setup.spoolBytes = options.spool.fileBytes
    setup.record = options.output == .json ? StreamRecord(kind: "file", name: name, format: file.format) : nil
    setup.reportsEveryAttempt = runtime.console.isLog
    setup.tick = StreamPresenter.tick(on: runtime.console)
    return setup
  }

  /// The results of an opened file cannot be written.
  private func abandon(_ index: Int) {
    queue.ended(index)
    fail(index, .incomplete)
    queue.failed(index)
    ordered.finish(index)
  }

  private func ended(_ index: Int, _ outcome: StreamPresenter.Outcome) {
    // In a loop, a file that was interrupted before it was sent was sent before.
    let isAnotherRound = options.switches.isLoop && outcome.endsAll && runs[index]?.run.sendingSince == nil
    if outcome.status != .done, !(isAnotherRound && index >= options.paths.count) { fail(index, outcome.status) }
    if let run = runs[index]?.run { screen.finished(seconds: run.position) }
    if outcome.endsAll { queue.close() }
    // Later: this is called from inside the run.
    runtime.loop.after(.zero) { [self] in
      runs[index] = nil
      queue.ended(index)
      advance()
    }
  }

  private func interrupt() {
    queue.close()
    let interrupted = runs.sorted { $0.key < $1.key }
    for (_, stream) in interrupted { stream.run.interrupt() }
    if queue.isOver { end() }
  }

  private func end() {
    runtime.console.clear()
    for index in queue.unsent where options.output == .json && options.results.folder == nil {
      let name = AudioFile.name(path(index))
      ordered.sink(index).write(StreamRecord.failed(kind: "file", name: name, error: "not sent") + "\n")
      ordered.finish(index)
    }
    if !queue.unsent.isEmpty {
      runtime.console.note("not sent: \(names(queue.unsent))")
      status = status.and(.incomplete)
    }
    if options.paths.count > 1, !failed.isEmpty, !options.switches.isLoop {
      runtime.console.note("\(failed.count) of \(options.paths.count) failed: \(names(failed.sorted()))")
    }
    runtime.leave(status)
  }

  private func names(_ indices: [Int]) -> String {
    indices.map { AudioFile.name(path($0)) }.joined(separator: ", ")
  }

  // MARK: - The screen

  private func show() {
    guard isMany else {
      for stream in runs.values { stream.presenter.show(stream.run) }
      return
    }
    guard !queue.isOver else { return }
    screen.done = queue.done
    screen.running = runs.sorted { $0.key < $1.key }.map { $0.value.presenter.screen($0.value.run) }
    if let first = runs.values.compactMap(\.run.sendingSince).min() { screen.began(at: first) }
    screen.now = runtime.loop.now
    if runtime.console.isLive {
      runtime.console.show(screen.lines(width:))
    } else if runtime.console.isLog, runtime.loop.now - loggedAt >= .seconds(5) {
      loggedAt = runtime.loop.now
      runtime.console.inform(screen.sum)
    }
  }
}
