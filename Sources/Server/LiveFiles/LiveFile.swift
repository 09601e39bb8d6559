import Audio
import IO
import Platform

/// Has files decoded.
protocol DecodeOwner: AnyObject {
  var loop: EventLoop { get }
  var uploadSettings: UploadSettings { get }
  var workerPath: String { get }
  /// Its memory has changed, in bytes.
  func held(_ before: Int, now after: Int)
  /// Files that are being decoded, and whether there may be another one.
  var decoding: Int { get set }
  var mayDecode: Bool { get }
}

/// A file that a client sends in place of samples, while it is recorded or from its disk: a process of its own decodes
/// it as it comes. WAV is audio as it is.
final class LiveFile {
  enum Event {
    /// The next of a WAV file, header first.
    case audio(UnsafeRawBufferPointer)
    /// The decoder takes a message of the client's.
    case taken(UnsafeRawBufferPointer)
    /// All audio before it was delivered.
    case due(LiveFileCourse.Held)
    /// No more audio comes.
    case failed(LiveFileProblem)
    /// Whether the client is to be read.
    case reading(Bool)
  }

  private enum Phase {
    /// Messages that are not enough to tell its kind.
    case beginning(StreamProbe, [[UInt8]])
    case wave
    case decoding(FileKind, DecodeProcess, DecoderInput)
    /// Everything is decoded: what follows belongs to it, and is no audio.
    case decoded
    case over
  }

  private unowned let owner: any DecodeOwner
  private let event: (Event) -> Void
  private var phase = Phase.beginning(StreamProbe(), [])
  private var course = LiveFileCourse()
  /// A WAV header without audio.
  private var header: [UInt8] = []
  private var hasAudio = false
  private var looking: LoopTimer?
  /// Sessions with its audio, and those of them that take none now.
  private var sessions: Set<UInt64> = []
  private var paused: Set<UInt64> = []
  /// As the memory budget knows it.
  private var heldBytes = 0 { didSet { owner.held(oldValue, now: heldBytes) } }

  /// More than the longest header that ffmpeg writes, and less than any audio.
  private static let headerBytes = 80
  private static let lookInterval = Duration.milliseconds(10)

  init(owner: any DecodeOwner, _ event: @escaping (Event) -> Void) {
    (self.owner, self.event) = (owner, event)
  }

  /// A session has its audio.
  func add(_ session: UInt64) { sessions.insert(session) }

  /// A session is over: without any, the file is given up.
  func remove(_ session: UInt64) {
    sessions.remove(session)
    if sessions.isEmpty { finish() }
  }

  /// Whether what a client asks for waits for the decoder.
  var isWaiting: Bool { if case .decoding = phase { !course.held.isEmpty } else { false } }

  // MARK: From the client

  func receive(_ message: UnsafeRawBufferPointer) {
    switch phase {
    case .beginning(var probe, var messages):
      let finding = probe.take(message)
      messages.append(Array(message))
      phase = .beginning(probe, messages)
      heldBytes += message.count
      begin(finding, messages)
    case .wave: event(.audio(message))
    case .decoding(_, _, let input): take(message, input)
    case .decoded: event(.taken(message))
    case .over: break
    }
  }

  private func begin(_ finding: StreamProbe.Finding, _ messages: [[UInt8]]) {
    switch finding {
    case .undecided: return
    case .samples: fail(.noFile)
    case .file(.wave): beginWave(messages)
    case .file(let kind): decode(kind, messages)
    }
  }

  private func beginWave(_ messages: [[UInt8]]) {
    phase = .wave
    heldBytes = 0
    for message in messages { message.withUnsafeBytes { event(.audio($0)) } }
  }

  private func decode(_ kind: FileKind, _ messages: [[UInt8]]) {
    heldBytes = 0
    guard let ffmpeg = owner.uploadSettings.ffmpeg else { return fail(.needsFFmpeg(kind)) }
    guard owner.mayDecode else { return fail(.tooMany) }
    let input: DecoderInput
    do throws(SystemError) {
      let ends = try PipeEnds(own: .writing)
      let process = try DecodeProcess(
        of: ends.other, piped: kind, program: owner.workerPath, ffmpeg: ffmpeg, loop: owner.loop
      ) { [weak self] in self?.decoder($0) }
      input = DecoderInput(ends.takeOwn(), on: owner.loop) { [weak self] in self?.changed() }
      phase = .decoding(kind, process, input)
    } catch {
      return fail(.noProcess("\(error)"))
    }
    owner.decoding += 1
    for message in messages { message.withUnsafeBytes { take($0, input) } }
  }

  private func take(_ message: UnsafeRawBufferPointer, _ input: DecoderInput) {
    event(.taken(message))
    input.send(message)
    changed()
  }

  /// Whether the request waits. One that does not is to be carried out now.
  func hold(_ request: LiveFileCourse.Request, of session: UInt64) -> Bool {
    switch phase {
    case .beginning(_, let messages):
      // Too short to be a file: its session says what it makes of it.
      if !messages.isEmpty { beginWave(messages) }
      return false
    case .wave, .decoded, .over: return false
    case .decoding:
      course.hold(request, of: session)
      if looking == nil {
        looking = owner.loop.after(Self.lookInterval, repeating: Self.lookInterval) { [weak self] in self?.look() }
      }
      changed()
      return true
    }
  }

  /// The client is read while what it has sent is in the pipe, and nothing that it asked for waits.
  private func changed() {
    guard case .decoding(_, _, let input) = phase else { return }
    heldBytes = input.waitingBytes
    event(.reading(heldBytes == 0 && course.held.isEmpty))
  }

  // MARK: To the sessions

  /// Whether a session takes audio. - Returns: false if it reads from the client itself.
  func setReading(_ isReading: Bool, of session: UInt64) -> Bool {
    guard case .decoding(_, let process, _) = phase else { return false }
    if isReading { paused.remove(session) } else { paused.insert(session) }
    process.isReading = paused.isEmpty
    // It may have been stopped before it was known what it sends.
    if isReading { changed() }
    return true
  }

  // MARK: From the decoder

  private func decoder(_ event: DecodeProcess.Event) {
    switch event {
    case .output(let bytes):
      deliver(bytes)
      course.wrote(hasAudio: hasAudio)
    case .complained(let words): perform(course.complained(words))
    case .ended(let end):
      if !header.isEmpty { deliver(header) }
      guard case .decoding(let kind, _, _) = phase else { return }
      let actions = course.ended(end)
      // Nothing waits for the decoder any more.
      finish(.decoded)
      for action in actions { perform(action, kind) }
    }
  }

  private func deliver(_ bytes: UnsafeRawBufferPointer) {
    guard !hasAudio else { return event(.audio(bytes)) }
    header.append(contentsOf: bytes)
    guard header.count > Self.headerBytes else { return }
    hasAudio = true
    deliver(header)
    header = []
  }

  private func deliver(_ bytes: [UInt8]) { bytes.withUnsafeBytes { event(.audio($0)) } }

  private func look() {
    guard case .decoding(_, _, let input) = phase else { return }
    perform(course.looked(isIdle: paused.isEmpty && !input.hasUnread))
    if !course.isWaiting { stopLooking() }
    changed()
  }

  private func perform(_ actions: [LiveFileCourse.Action]) {
    guard case .decoding(let kind, _, _) = phase else { return }
    for action in actions { perform(action, kind) }
  }

  private func perform(_ action: LiveFileCourse.Action, _ kind: FileKind) {
    switch action {
    case .endInput: if case .decoding(_, _, let input) = phase { input.end() }
    case .carryOut(let held): event(.due(held))
    case .fail(let words): fail(.notDecoded(kind, words, hasAudio: hasAudio))
    }
  }

  // MARK: The end

  private func fail(_ problem: LiveFileProblem) {
    finish()
    phase = .over
    event(.failed(problem))
  }

  private func finish(_ end: Phase = .over) {
    stopLooking()
    switch phase {
    case .over, .decoded: return
    case .beginning, .wave: break
    case .decoding(_, let process, _):
      process.cancel()
      owner.decoding -= 1
    }
    phase = end
    heldBytes = 0
    event(.reading(true))
  }

  private func stopLooking() {
    looking?.cancel()
    looking = nil
  }
}
