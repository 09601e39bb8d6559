public import IO

/// Takes the messages of a WebSocket.
public protocol MessageReceiver: AnyObject {
  /// One whole message; text is valid UTF-8. The bytes are valid during the call only.
  func received(_ message: UnsafeRawBufferPointer, kind: MessageKind, on peer: WebSocketPeer)
}

/// One end of a WebSocket: what a server's and a client's connections share.
///
/// Messages of a round leave together at its end. What the peer does not read stays queued (`unsentBytes`), without a
/// limit: the owner stops what fills it, and continues when it is told of draining.
public class WebSocketPeer: ByteStreamDelegate {
  private enum Phase: Equatable {
    /// Not open yet.
    case opening
    case open
    /// The peer sends nothing more, by a close frame or the end of its input. What it sent is still answered.
    case answering
    /// We have sent a close frame, and wait for the peer's.
    case closing
    /// Nothing is read any more; what is queued is still sent.
    case closed
  }

  private struct Kept {
    /// Arrived while reading was paused.
    var input: [UInt8] = []
    /// What the peer held when its owner was last told.
    var reported = ConnectionHolding()
  }

  final var bytes: ByteStream?
  // Several accesses a message, none while the owner is called. Checks of these and of the receiver took 260
  // instructions a chunk, beside 7,900 for all else.
  @exclusivity(unchecked) private final var decoder: WebSocketDecoder
  @exclusivity(unchecked) private final var phase = Phase.opening
  /// Only a client masks its frames.
  final let masks: MaskSource?
  public private(set) final var isReadingPaused = false
  /// The body of a ping that is to be answered when the peer reads again.
  private final var owedPong: [UInt8]?
  private final var kept = Kept()
  /// Nil until it begins to end.
  private final var ending: Ending?

  private final class Ending {
    var code: Int?
    var reason = ""
    var answeringSince: Duration?
    var closingSince: Duration?
  }

  /// Where whole messages go.
  // Read for each message, and not in use while it is replaced. Its checks are among the 260 instructions above.
  @exclusivity(unchecked) final var receiver: (any MessageReceiver)? { didSet { bytes?.prefetches(receiver) } }

  init(_ decoder: WebSocketDecoder, masks: MaskSource?) {
    self.decoder = decoder
    self.masks = masks
  }

  /// The handshake is done.
  final func open(_ stream: ByteStream) {
    bytes = stream
    phase = .open
    stream.delegate = self
    stream.prefetches(receiver)
  }

  /// Messages can be sent: from the handshake until `close`, `drop` or the end. They are delivered until the peer sends
  /// nothing more.
  public final var isOpen: Bool { phase == .open || phase == .answering }

  /// Queued bytes that the kernel has not taken.
  public final var unsentBytes: Int { bytes?.unsentBytes ?? 0 }

  final var stream: ByteStream? { bytes }

  // MARK: Its end

  /// The code of the peer's close frame, or of ours if we closed first. nil if there was none.
  public final var closeCode: Int? { ending?.code }
  public final var closeReason: String { ending?.reason ?? "" }
  /// Since when the peer has sent nothing more and is answered, on the loop's clock.
  final var answeringSince: Duration? { ending?.answeringSince }
  /// Since when it is being closed.
  final var closingSince: Duration? { ending?.closingSince }

  private final func end(_ change: (Ending) -> Void) {
    let ending = ending ?? Ending()
    self.ending = ending
    change(ending)
  }

  private final func end(code: Int, reason: String) { end { ($0.code, $0.reason) = (code, reason) } }

  // MARK: Receiving

  public final func stream(_ stream: ByteStream, received bytes: UnsafeMutableRawBufferPointer) {
    read(bytes)
    reportHolding()
  }

  /// What it keeps of messages.
  final var holding: ConnectionHolding {
    ConnectionHolding(bytes: decoder.unfinishedBytes + kept.input.count, unfinishedBytes: decoder.unfinishedBytes)
  }

  private final func reportHolding() {
    let holding = holding
    guard holding != kept.reported else { return }
    let before = kept.reported
    kept.reported = holding
    holds(holding, before: before)
  }

  private final func read(_ bytes: UnsafeMutableRawBufferPointer) {
    var input = bytes
    // Kept for all messages of a read: one after the other often.
    var receiver = receiver
    while phase != .answering {
      if isReadingPaused && phase == .open {
        kept.input = Array(input)
        return
      }
      switch decoder.next(&input) {
      case .more: return
      case .message(let kind, let message):
        if self.receiver !== receiver { receiver = self.receiver }
        if phase == .open { check(message, kind, receiver) }
        decoder.messageDelivered()
      case .ping(let body): answer(ping: body)
      case .pong: break
      case .close(let frame): peerCloses(frame)
      case .tooLarge(let kind, let limit): if phase == .open { refuseTooLarge(kind, limitBytes: limit) }
      case .violation(let violation): fail(code: 1002, reason: violation.rawValue)
      }
    }
  }

  @inline(__always)
  private final func check(
    _ message: UnsafeRawBufferPointer, _ kind: MessageKind, _ receiver: (any MessageReceiver)?
  ) {
    if kind == .text && !message.isUTF8 { return refuseInvalidUTF8() }
    receiver?.received(message, kind: kind, on: self)
  }

  /// A peer that sends pings and does not read is owed the last pong only (RFC 6455, 5.5.3).
  private final func answer(ping body: [UInt8]) {
    guard phase == .open else { return }
    guard unsentBytes < ByteStream.lowWaterBytes else {
      owedPong = body
      return
    }
    body.withUnsafeBytes { send(.pong, $0) }
  }

  /// Stops reading the peer's socket; the kernel's buffers fill, and TCP slows the peer.
  public final func pauseReading() {
    guard phase == .open else { return }
    isReadingPaused = true
    bytes?.isReadingPaused = true
  }

  public final func resumeReading() {
    guard isReadingPaused else { return }
    isReadingPaused = false
    guard !kept.input.isEmpty else {
      bytes?.isReadingPaused = false
      return
    }
    // Not now: this may be called while a message is delivered.
    bytes?.loop.after(.zero) { [weak self] in self?.readHeld() }
  }

  private final func readHeld() {
    guard !isReadingPaused, let bytes else { return }
    var input = kept.input
    kept.input = []
    input.withUnsafeMutableBytes { stream(bytes, received: $0) }
    if !isReadingPaused { bytes.isReadingPaused = false }
  }

  // MARK: Closing

  /// Closes with a code after everything sent so far has left. Nothing is delivered from now on.
  /// A peer that does not read, or does not answer the close, is dropped in the end. One that has closed itself gets
  /// its own code back instead of 1000.
  public func close(code: Int, reason: String = "") {
    switch phase {
    case .open:
      end(code: code, reason: reason)
      beginClosing(.closing)
      CloseFrame.body(code: code, reason: reason).withUnsafeBytes { send(.close, $0) }
      resumeReading()
    case .answering:
      let answer = code == 1000 ? closeCode ?? code : code
      beginClosing(.closed)
      CloseFrame.body(code: answer == Self.noCode ? nil : answer, reason: reason).withUnsafeBytes { send(.close, $0) }
      finish(lingers: false)
    case .opening, .closing, .closed: break
    }
  }

  /// Stands for the code of a close frame that has none (RFC 6455, 7.4.1).
  private static let noCode = 1005

  private final func beginClosing(_ phase: Phase) {
    self.phase = phase
    // Messages are not delivered any more.
    decoder.discard()
    reportHolding()
    let now = bytes?.loop.now
    end { $0.closingSince = $0.closingSince ?? now }
  }

  private final func peerCloses(_ frame: CloseFrame) {
    guard phase == .open else {
      phase = .closed
      return finish(lingers: false)
    }
    guard !frame.isReasonInvalid else { return fail(code: 1007, reason: "the reason of a close must be UTF-8") }
    end(code: frame.code ?? Self.noCode, reason: frame.reason)
    beginAnswering()
  }

  private final func beginAnswering() {
    phase = .answering
    let now = bytes?.loop.now
    end { $0.answeringSince = now }
    kept.input = []
    inputEnded()
  }

  /// The peer broke the protocol. What came before has been delivered, and what follows is not read.
  private final func fail(code: Int, reason: String) {
    if phase == .open {
      end(code: code, reason: reason)
      CloseFrame.body(code: code, reason: reason).withUnsafeBytes { send(.close, $0) }
    }
    beginClosing(.closed)
    finish(lingers: true)
  }

  private final func finish(lingers: Bool) {
    kept.input = []
    bytes?.finish(lingers: lingers)
  }

  /// Ends the connection at once, without a close frame and whatever is unsent.
  public func drop() {
    guard let bytes else { return }
    beginClosing(.closed)
    bytes.drop()
  }

  public final func streamInputEnded(_ stream: ByteStream) {
    switch phase {
    case .open: beginAnswering()
    // It has sent its close frame before.
    case .answering: break
    case .opening, .closing, .closed: drop()
    }
  }
  public final func streamDrained(_ stream: ByteStream) {
    guard isOpen else { return }
    if let owedPong { answer(ping: owedPong) }
    owedPong = nil
    drained()
  }
  public final func stream(_ stream: ByteStream, ended: StreamEnd) {
    phase = .closed
    decoder.release()
    kept.input = []
    reportHolding()
    receiver = nil
    self.ended()
  }

  // MARK: For the two ends

  func refuseTooLarge(_ kind: MessageKind, limitBytes: Int) { close(code: 1009, reason: "message too big") }
  func refuseInvalidUTF8() { close(code: 1007, reason: "text is not UTF-8") }
  func drained() {}
  /// What it keeps of messages has changed.
  func holds(_ holding: ConnectionHolding, before: ConnectionHolding) {}
  /// The peer sends nothing more; `closeCode` is nil if it sent no close frame. `close` ends the connection when it has
  /// its answers.
  func inputEnded() { if closeCode == nil { drop() } else { close(code: 1000) } }
  func ended() {}
}

extension UnsafeRawBufferPointer {
  var isUTF8: Bool {
    guard let base = baseAddress else { return true }
    let bytes = UnsafeBufferPointer(start: base.assumingMemoryBound(to: UInt8.self), count: count)
    return (try? UTF8Span(validating: Span(_unsafeElements: bytes))) != nil
  }
}
