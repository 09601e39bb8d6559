import Audio
import Dialects
import IO
import Platform
import Streams
import Web

/// Carries out what happens to an upload.
protocol UploadOwner: DecodeOwner {
  var engines: EngineList { get }
  /// So many bytes of a body came, which its client may send only so fast.
  func charge(_ bytes: Int, of exchange: HTTPExchange, to client: ClientIdentity)
  /// Whether files are to leave the rest of the memory to streams.
  var isMemoryShort: Bool { get }
  /// It is refused: counts and logs it.
  func refused(_ rejection: Rejection, _ dialect: any UploadDialect.Type, peer: String)
  /// Its first audio is there.
  func open(_ opening: UploadOpening, of file: UploadedFile, for upload: Upload)
  /// Answers a request whose body is still on its way.
  func refuse(_ exchange: HTTPExchange, of client: ClientIdentity, with response: HTTPResponse)
  /// It is over.
  func ended(_ upload: Upload)
}

/// A request with a file and its response: the body is taken in, decoded in a process of its own, and streamed to a
/// session like live audio.
final class Upload {
  private enum Phase {
    case receiving(any UploadDialect, UploadBody)
    case decoding(UploadOpening, UploadBody)
    /// Everything is decoded.
    case decoded
    case over
  }

  private struct Progress {
    var isPaused = false
    /// It goes on in the next round.
    var isContinuing = false
    /// Of the body, with what of it is not the file.
    var receivedBytes = 0
    /// Of a file without a header, as far as it is read.
    var position = 0
  }

  let exchange: HTTPExchange
  let client: ClientIdentity
  let id: RequestID
  private let dialect: any UploadDialect.Type
  private unowned let owner: any UploadOwner
  private var phase: Phase
  private var process: DecodeProcess? {
    didSet { owner.decoding += (process == nil ? 0 : 1) - (oldValue == nil ? 0 : 1) }
  }
  private var audio = DecodedAudio()
  private var progress = Progress()
  /// As the memory budget knows it.
  private var heldBytes = 0 { didSet { owner.held(oldValue, now: heldBytes) } }
  /// The session, or those of its channels; nil until there is audio.
  var holder: AnyObject?

  private static let longestHours = 24
  /// Most bytes of a form besides the file.
  static let formBytes = 1 << 20

  init(
    _ exchange: HTTPExchange, _ value: any UploadDialect, id: RequestID, client: ClientIdentity,
    owner: any UploadOwner
  ) throws(SystemError) {
    self.exchange = exchange
    self.client = client
    self.id = id
    self.owner = owner
    dialect = type(of: value)
    phase = .receiving(value, try UploadBody())
  }

  private var receiver: (any AudioReceiver)? { holder as? any AudioReceiver }
  private var limitBytes: Int { owner.uploadSettings.limitMiB << 20 }

  private func refuse(_ reason: RejectionReason) { refuse(dialect.rejection(reason, id: id)) }

  /// - Parameter isComplete: whether the whole body has arrived.
  private func refuse(_ rejection: Rejection, isComplete: Bool = false) {
    if case .over = phase { return }
    let isComplete = if case .receiving = phase { isComplete } else { true }
    finish()
    owner.refused(rejection, dialect, peer: peer)
    guard isComplete else { return owner.refuse(exchange, of: client, with: rejection.response) }
    exchange.respond(rejection.response)
    // If a part was sent before.
    exchange.abandon()
  }

  /// The response is complete, or nobody waits for it.
  private func finish() {
    if case .over = phase { return }
    phase = .over
    heldBytes = 0
    process?.cancel()
    process = nil
    owner.ended(self)
    holder = nil
  }

  /// The server is shutting down: what is not decoded as a whole is to be sent elsewhere.
  func shutDown() {
    if case .decoded = phase { return }
    refuse(.unavailable)
  }

  // MARK: Decoding

  private func decode(_ opening: UploadOpening, _ body: UploadBody) {
    body.seal()
    phase = .decoding(opening, body)
    guard opening.samples == nil else {
      audio = DecodedAudio(opening.samples)
      return readSamples()
    }
    guard owner.mayDecode else { return refuse(.tooManyUploads) }
    do throws(SystemError) {
      process = try DecodeProcess(
        of: body.descriptor, program: owner.workerPath, ffmpeg: owner.uploadSettings.ffmpeg, loop: owner.loop
      ) { [weak self] in self?.decoder($0) }
    } catch {
      refuse(.unavailable)
    }
  }

  /// A file without a header is read piece by piece, as its session takes it.
  private func readSamples() {
    guard case .decoding(let opening, let body) = phase, opening.samples != nil, !progress.isPaused, !audio.hasEnded
    else {
      return
    }
    let piece = body.read(at: progress.position, upTo: Self.pieceBytes)
    progress.position += piece.count
    guard !piece.isEmpty else { return decoder(.ended(DecodeEnd())) }
    piece.withUnsafeBytes { decoder(.output($0)) }
    continueLater()
  }

  /// In a round of its own.
  private func continueLater() {
    guard !progress.isContinuing else { return }
    progress.isContinuing = true
    owner.loop.after(.zero) { [weak self] in
      guard let self else { return }
      progress.isContinuing = false
      deliver()
      readSamples()
    }
  }

  private static let pieceBytes = 1 << 20

  private func decoder(_ event: DecodeProcess.Event) {
    switch event {
    case .output(let bytes):
      do throws(WaveHeaderError) { try audio.append(bytes) } catch { return refuse(.notDecoded(error.message)) }
      deliver()
    // It may go on.
    case .complained: break
    case .ended(let end):
      audio.end()
      process = nil
      deliver()
      // A file that was cut short is what there is of it.
      guard holder != nil else {
        return refuse(.notDecoded(end.problem.map(Self.sentence) ?? "expected audio, got a file without any"))
      }
    }
  }

  /// The decoder's own sentence, or one with what ffmpeg complains of.
  private static func sentence(_ problem: String) -> String {
    problem.hasPrefix("expected")
      ? problem : "expected an audio file that can be decoded, got one that cannot: \(problem)"
  }

  /// Passes on what is decoded, as far as the session takes it.
  private func deliver() {
    guard case .decoding(let opening, let body) = phase else { return }
    while !progress.isPaused, let chunk = audio.next() {
      guard audio.seconds <= Double(Self.longestHours * 3600) else {
        return refuse(.uploadTooLong(hours: Self.longestHours))
      }
      if holder == nil { open(opening, body) }
      guard let receiver else { return }
      chunk.withUnsafeBytes { receiver.received(.binary($0), bytes: 0) }
      guard case .decoding = phase else { return }
    }
    guard let receiver, !progress.isPaused, process == nil, audio.hasEnded else { return }
    heldBytes = 0
    phase = .decoded
    let end = UnsafeRawBufferPointer(start: nil, count: 0)
    receiver.received(.text(end), bytes: 0)
  }

  private func open(_ opening: UploadOpening, _ body: UploadBody) {
    guard let format = audio.format else { return }
    owner.open(opening, of: UploadedFile(bytes: body.bytes, sha256: body.sha256, format: format), for: self)
  }
}

extension Upload: HTTPExchangeDelegate {
  func exchange(_ exchange: HTTPExchange, received piece: UnsafeRawBufferPointer) {
    switch phase {
    case .receiving(var value, let body):
      owner.charge(piece.count, of: exchange, to: client)
      progress.receivedBytes += piece.count
      do throws(Rejection) {
        var (isTooLarge, hasFailed) = (false, false)
        try value.receive(piece) { bytes in
          guard body.bytes + bytes.count <= limitBytes else {
            isTooLarge = true
            return
          }
          do throws(SystemError) { try body.append(bytes) } catch { hasFailed = true }
          heldBytes = body.bytes
        }
        if isTooLarge || progress.receivedBytes > limitBytes + Self.formBytes {
          return refuse(.uploadTooLarge(limitMiB: owner.uploadSettings.limitMiB))
        }
        if hasFailed || owner.isMemoryShort { return refuse(.unavailable) }
        phase = .receiving(value, body)
      } catch {
        refuse(error)
      }
    case .decoding, .decoded, .over: break
    }
  }

  func exchangeBodyEnded(_ exchange: HTTPExchange) {
    switch phase {
    case .receiving(var value, let body):
      do throws(Rejection) {
        decode(try value.opening(owner.engines), body)
      } catch {
        refuse(error, isComplete: true)
      }
    case .decoding, .decoded, .over: break
    }
  }

  func exchange(_ exchange: HTTPExchange, failed error: RequestError) {
    refuse(
      dialect.rejection(.malformed(status: error.status, reason: error.reason, headers: error.headers), id: id),
      isComplete: true)
  }

  func exchangeDrained(_ exchange: HTTPExchange) { receiver?.drained() }

  func exchangeCancelled(_ exchange: HTTPExchange) { finish() }
}

extension Upload: SessionConnection {
  var peer: String { exchange.request.peer }
  var unsentBytes: Int { exchange.unsentBytes }

  func pauseReading() {
    progress.isPaused = true
    process?.isReading = false
  }

  func resumeReading() {
    progress.isPaused = false
    process?.isReading = true
    // Not now: the session may be in the middle of something.
    continueLater()
  }

  func drop() { close(code: 1001, reason: "") }

  func send(text: UnsafeRawBufferPointer) { preconditionFailure("The response to an upload has no messages.") }
  func send(textUpTo bytes: Int, mayWait: Bool, _ write: (UnsafeMutableRawBufferPointer) -> Int) {
    preconditionFailure("The response to an upload has no messages.")
  }

  func send(_ part: ResponsePart) {
    switch part {
    case .whole(let response): exchange.respond(response)
    case .head(let response): exchange.begin(response)
    case .piece(let bytes): exchange.write(bytes)
    case .end: exchange.end()
    }
  }

  /// The last of a session: what it had to say was sent.
  func close(code: Int, reason: String) {
    owner.loop.after(.zero) { [weak self] in
      guard let self else { return }
      exchange.abandon()
      finish()
    }
  }
}
