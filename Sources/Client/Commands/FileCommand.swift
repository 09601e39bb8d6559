import Audio
import Capture
import IO

/// Sends files, each over its own connection: one after another, or several at once.
final class FileCommand {
  private let runtime: ClientRuntime
  private let options: FileOptions
  private var queue: FileQueue
  private let ordered: OrderedOutput
  private var status = ExitStatus.done
  private var files: [Int: AudioFile] = [:]
  private var runs: [Int: StreamRun] = [:]
  private var screen: FilesScreen
  private var loggedAt = Duration.zero

  init(runtime: ClientRuntime, options: FileOptions) {
    self.runtime = runtime
    self.options = options
    queue = FileQueue(count: options.paths.count, jobs: options.jobs)
    ordered = OrderedOutput(to: StandardOutput(runtime.console))
    screen = FilesScreen(count: options.paths.count, glyphs: runtime.console.traits.glyphs)
  }

  /// Several files are sent at once, so their progress is shown together.
  private var isMany: Bool { min(options.jobs, options.paths.count) > 1 }

  func run() -> ExitStatus {
    if let folder = options.outputFolder, let obstacle = makeFolder(folder) {
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

  private func open(_ index: Int) {
    let path = options.paths[index]
    BackgroundJob.run(on: runtime.loop) { [raw = options.raw, conversion = options.conversion] in
      do throws(CaptureError) { return .success(try Self.open(path, raw: raw, conversion)) } catch {
        return .failure(error)
      }
    } then: { [self] (opened: Result<AudioFile, CaptureError>) in
      do throws(CaptureError) {
        files[index] = try opened.get()
        queue.opened(index)
      } catch {
        runtime.console.note("\(error)")
        skip(index)
      }
      advance()
    }
  }

  private static func open(
    _ path: String, raw: AudioFormat?, _ conversion: FileConversion
  ) throws(CaptureError) -> AudioFile {
    try AudioFile(path: path, raw: raw, picking: conversion.picked) { conversion.format(of: $0) }
  }

  /// What the file gives out; a pipe is read on its own thread, which wakes the run.
  private func source(_ file: AudioFile, wake: Wake) throws(CaptureError) -> FileChunkSource {
    let chunkFrames = file.format.frames(milliseconds: options.chunkMilliseconds)
    guard file.isPipe else {
      return FileChunkSource(
        file, speed: options.speed ?? .realtime, chunkFrames: chunkFrames, duration: options.duration)
    }
    let pipe = try PipeThread(file) { [gate = runtime.loop.gate] in gate.submit { wake.run?.sendAudio() } }
    return FileChunkSource(
      pipe, speed: options.speed ?? .fast, chunkFrames: chunkFrames, duration: options.duration,
      stopPipe: { pipe.stop() })
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
    runtime.console.note("\(AudioFile.name(options.paths[index])): cannot write \(path): \(systemError())")
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
      return abandon(index)
    }
    let setup = StreamRun.Setup(
      url: options.server.url(announcing: format), place: "\(options.server.url)",
      policy: ConnectionMachine.Policy(
        retries: options.server.retries, resumes: true, retryFor: options.spool.retryFor),
      output: StreamOutput(options.output, to: sink, console: runtime.console), kind: "file",
      name: AudioFile.name(file.path), title: options.title, totalSeconds: file.seconds,
      isPaced: options.speed == .realtime, source: format.words,
      spoolBytes: options.spool.fileBytes, isAlone: !isMany)
    let converted = format == file.ownFormat && options.conversion.picked == nil ? "" : ", sent as \(format.words)"
    runtime.console.note(
      "\(setup.title ?? setup.name): \(file.kind), \(file.ownFormat.words), \(file.lengthText)\(converted)")
    if let note = file.unfinishedText { runtime.console.note("\(setup.title ?? setup.name): \(note)") }
    let run = StreamRun(runtime: runtime, source: source, setup: setup) { [unowned self] in
      queue.serverAnswered()
      // Later: this is called from inside the connection.
      runtime.loop.after(.zero) { self.advance() }
    } done: { [unowned self] in
      ended(index, $0)
    }
    wake.run = run
    runs[index] = run
    run.begin()
  }

  /// An opened file cannot be sent.
  private func abandon(_ index: Int) {
    queue.ended(index)
    skip(index)
  }

  private func ended(_ index: Int, _ outcome: StreamCourse.Outcome) {
    status = status.and(outcome.status)
    if let run = runs[index] { screen.finished(seconds: run.position) }
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
    for (_, run) in interrupted { run.interrupt() }
    if queue.isOver { end() }
  }

  private func end() {
    runtime.console.clear()
    if !queue.unsent.isEmpty {
      let names = queue.unsent.map { AudioFile.name(options.paths[$0]) }
      runtime.console.note("not sent: \(names.joined(separator: ", "))")
      status = status.and(.incomplete)
    }
    runtime.leave(status)
  }

  // MARK: - The screen

  private func show() {
    guard isMany else {
      for run in runs.values { run.show() }
      return
    }
    guard !queue.isOver else { return }
    screen.done = queue.done
    screen.running = runs.sorted { $0.key < $1.key }.map { $0.value.screen() }
    if let first = runs.values.compactMap(\.sendingSince).min() { screen.began(at: first) }
    screen.now = runtime.loop.now
    if runtime.console.isLive {
      runtime.console.show(screen.lines(width:))
    } else if runtime.console.isLog, runtime.loop.now - loggedAt >= .seconds(5) {
      loggedAt = runtime.loop.now
      runtime.console.note(screen.sum)
    }
  }
}
