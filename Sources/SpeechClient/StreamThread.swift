internal import Audio
internal import Capture
internal import Glibc
internal import IO
internal import Platform
internal import Web

/// A stream of a `Transcriber`, on a thread of its own from its beginning to its end.
struct StreamThread: Sendable {
  /// Of each chunk but the last.
  private static let chunkMilliseconds = 100

  let url: WebSocketURL
  let options: Transcriber.Options
  let source: SpeechSource
  let events: EventQueue

  func start() {
    do throws(SystemError) {
      try SystemThread { run() }.detach()
    } catch {
      events.finish(.source(error))
    }
  }

  private func run() {
    // The program may not ignore the signal: a connection that is gone is an error here, not its end.
    var ignored = sigset_t()
    sigemptyset(&ignored)
    sigaddset(&ignored, SIGPIPE)
    pthread_sigmask(SIG_BLOCK, &ignored, nil)
    let loop: EventLoop
    do throws(IOError) { loop = try EventLoop() } catch { return events.finish(.source(error)) }
    let wake = Wake()
    do throws(SpeechError) {
      let opened = try open(waking: wake, on: loop)
      guard !events.isCancelled else { return opened.release() }
      stream(opened, waking: wake, on: loop)
    } catch {
      events.finish(error)
    }
  }

  private func stream(_ opened: OpenedSource, waking wake: Wake, on loop: EventLoop) {
    let connections = ServerConnections(on: loop)
    connections.use(token: options.token, authorities: options.authorities)
    var setup = StreamRun.Setup(
      url: wishes.url(url, announcing: opened.chunks.format), place: "\(url)",
      policy: ConnectionMachine.Policy(
        retries: true, resumes: true, isLive: opened.isMicrophone, retryFor: options.patience))
    setup.totalSeconds = opened.seconds
    setup.isPaced = opened.isLive
    setup.reportsEveryAttempt = false
    let run = StreamRun(
      on: loop, over: connections, source: opened.chunks, setup: setup,
      delegate: EventWriter(events, on: loop, sourceError: { opened.pieces?.error }))
    wake.run = run
    events.begin(StreamRemote(gate: loop.gate, wake: wake))
    run.begin()
    withExtendedLifetime((run, connections)) { loop.run() }
    opened.release()
  }

  private var wishes: StreamWishes {
    StreamWishes(
      engine: options.engine, model: options.model, language: options.language, hasWordTimes: options.wordTimes)
  }

  // MARK: - The source

  private func open(waking wake: Wake, on loop: EventLoop) throws(SpeechError) -> OpenedSource {
    let signal = wake.signal(through: loop.gate)
    switch source.kind {
    case .pieces(let format, let fill):
      try check(format)
      let queue = PieceQueue(wake: signal)
      let chunks = FileChunkSource(
        PieceReader(queue, format: format), speed: .fast, chunkFrames: frames(format), stopPipe: { queue.finish() })
      return OpenedSource(chunks: chunks, pieces: queue, filling: fill(queue))
    case .microphone(let device, let format):
      try check(format)
      return try captured { () throws(CaptureError) in try microphone(device, format, signal) }
    case .file(let path, let raw, let isLive):
      if let raw { try check(raw) }
      return try captured { () throws(CaptureError) in
        let file = try AudioFile(path: path, raw: raw, picking: nil) { $0.sendable }
        let chunks = try FileChunkSource(
          file, speed: isLive ? .realtime : .fast, chunkFrames: frames(file.format), wake: signal)
        return OpenedSource(chunks: chunks, seconds: file.seconds, isLive: isLive)
      }
    }
  }

  private func captured(_ open: () throws(CaptureError) -> OpenedSource) throws(SpeechError) -> OpenedSource {
    do throws(CaptureError) { return try open() } catch { throw .source(error) }
  }

  private func microphone(
    _ device: String, _ format: AudioFormat, _ signal: @escaping @Sendable () -> Void
  ) throws(CaptureError) -> OpenedSource {
    var capture = CaptureOptions()
    capture.reopens = true
    let thread = try CaptureThread(device: device, format: format, options: capture, wake: signal)
    let chunks = MicrophoneChunkSource(
      thread, chunkFrames: frames(format), duration: nil, stopSource: { thread.stop() })
    return OpenedSource(chunks: chunks, isLive: true, isMicrophone: true)
  }

  private func frames(_ format: AudioFormat) -> Int { format.frames(milliseconds: Self.chunkMilliseconds) }

  private func check(_ format: AudioFormat) throws(SpeechError) {
    guard format == format.sendable, format.channels > 0 else {
      let (rates, channels) = (AudioFormat.sampleRatesHz, AudioFormat.channelCounts)
      throw .invalid(
        "format: expected \(rates.lowerBound) to \(rates.upperBound) Hz and \(channels.lowerBound) to "
          + "\(channels.upperBound) channels, got \(format.words)")
    }
  }
}

/// A source that can be sent.
private struct OpenedSource {
  var chunks: any ChunkSource
  /// Its length, if known.
  var seconds: Double?
  /// It is not faster than time.
  var isLive = false
  var isMicrophone = false
  /// Of a custom source, and the task that fills it.
  var pieces: PieceQueue?
  var filling: Task<Void, Never>?

  /// The source is not read any more.
  func release() {
    chunks.stop()
    pieces?.finish()
    filling?.cancel()
  }
}
