import IO

/// One end of an open WebSocket: what a server's and a client's connections share.
///
/// Messages queued in a round go out together at its end, in one write. What the peer does not read stays in the outbox
/// (`unsentBytes`), which has no limit of its own: the owner stops what fills it, and goes on when it is told of
/// draining.
public class WebSocketPeer {
  /// The owner's own state.
  public final var context: AnyObject?

  /// nil before the connection is made and after it has ended.
  final var socket: LibrarySocket?
  /// Messages can be queued and are delivered: from the handshake until `close`, `drop` or the end.
  @exclusivity(unchecked) public internal(set) final var isOpen = false
  final let flushList: FlushList
  // Looked at several times a message. No call of an owner's is made while one of them is being changed, so nobody else
  // can change it then; finding that out anew each time took a tenth of the server's time.
  @exclusivity(unchecked) final var outbox = Outbox()
  @exclusivity(unchecked) final var frames = FrameBuffer()
  @exclusivity(unchecked) final var assembly: MessageAssembly
  public private(set) final var isReadingPaused = false
  @exclusivity(unchecked) private final var turn = Turn.none
  /// Nothing of what is queued is in a hurry.
  @exclusivity(unchecked) final var mayWait = true
  /// The library has been given the close frame: it sends it, reads on until the peer answers, and then ends the
  /// connection.
  private final var hasBegunClosing = false
  final var isDropped = false
  /// What the peer, or else we, closed with.
  final var closeCode: Int?
  final var closeReason = ""
  /// When `close` was asked for; it must be over in time.
  final var closingSince: Duration?
  /// Since when the peer has taken nothing of what waits for it.
  final var blockedSince: Duration?
  /// Something has come from the peer since the last look.
  @exclusivity(unchecked) final var wasHeard = true

  init(flushList: FlushList, assembly: MessageAssembly) {
    self.flushList = flushList
    self.assembly = assembly
  }

  deinit {
    frames.discard()
    assembly.release()
  }

  /// Bytes of ours the kernel has not taken. While the peer does not read, those handed to the library last count
  /// whole.
  public final var unsentBytes: Int { outbox.unsentBytes }

  /// Where the connection stands with the list that writes at the end of a round.
  private enum Turn {
    case none
    /// Its turn comes at the end of this round.
    case queued
    /// Its turn has come, and it waits for its next message, or for the list's second tick.
    case held
  }

  /// Queues one text message. It must be UTF-8.
  /// - Parameter mayWait: another is expected soon, and it may go out with that: a millisecond or two later at most.
  public final func send(text bytes: UnsafeRawBufferPointer, mayWait: Bool = false) {
    send(.text, bytes, mayWait: mayWait)
  }

  public final func send(text: String, mayWait: Bool = false) {
    var text = text
    text.withUTF8 { send(.text, UnsafeRawBufferPointer($0), mayWait: mayWait) }
  }

  /// Queues one text message that `write` puts straight into the outbox: it gets `capacity` bytes and returns how many
  /// it used.
  /// - Parameter mayWait: as above.
  public final func send(
    textUpTo capacity: Int, mayWait: Bool = false, _ write: (UnsafeMutableRawBufferPointer) -> Int
  ) {
    guard isOpen else { return }
    let mask = flushList.nextMask()
    let reserved = FrameHeader.size(payloadBytes: capacity, masked: mask != nil)
    let start = frames.room(reserved + capacity, from: flushList.pool)
    let used = write(UnsafeMutableRawBufferPointer(start: start + reserved, count: capacity))
    precondition((0...capacity).contains(used), "a message is longer than the room asked for")
    // A message much shorter than its room has a shorter header: it moves up to it.
    let header = FrameHeader.size(payloadBytes: used, masked: mask != nil)
    if header != reserved { (start + header).copyMemory(from: start + reserved, byteCount: used) }
    finishFrame(.text, at: start, payloadBytes: used, mask: mask, mayWait: mayWait)
  }

  final func send(_ opcode: FrameHeader.Opcode, _ bytes: UnsafeRawBufferPointer, mayWait: Bool = false) {
    guard isOpen else { return }
    let mask = flushList.nextMask()
    let header = FrameHeader.size(payloadBytes: bytes.count, masked: mask != nil)
    let start = frames.room(header + bytes.count, from: flushList.pool)
    if let source = bytes.baseAddress { (start + header).copyMemory(from: source, byteCount: bytes.count) }
    finishFrame(opcode, at: start, payloadBytes: bytes.count, mask: mask, mayWait: mayWait)
  }

  @inline(__always)
  private final func finishFrame(
    _ opcode: FrameHeader.Opcode, at start: UnsafeMutableRawPointer, payloadBytes: Int, mask: UInt32?, mayWait: Bool
  ) {
    let header = FrameHeader.write(opcode, payloadBytes: payloadBytes, mask: mask, to: start)
    if let mask {
      FrameHeader.mask(UnsafeMutableRawBufferPointer(start: start + header, count: payloadBytes), with: mask)
    }
    frames.advance(header + payloadBytes)
    outbox.queue(header + payloadBytes)
    if !mayWait { self.mayWait = false }
    if !(mayWait && turn == .held) { queueForFlush() }
  }

  private final func queueForFlush() {
    guard turn != .queued, !outbox.isBlocked else { return }
    if turn == .held { flushList.unhold() }
    turn = .queued
    flushList.add(self)
  }

  /// The list's turn has come to it, and it is to wait.
  final func hold() { turn = .held }

  final var isHeld: Bool { turn == .held }

  /// Stops taking bytes from the peer's socket; the kernel's buffers fill and hold the peer back.
  public final func pauseReading() {
    guard !isReadingPaused else { return }
    isReadingPaused = true
    socket?.setReading(false)
  }

  public final func resumeReading() {
    guard isReadingPaused else { return }
    isReadingPaused = false
    socket?.setReading(true)
  }

  /// Closes with a code after everything sent so far has gone out. Nothing is delivered from now on.
  /// A peer that does not read or does not answer the close is dropped in the end.
  public func close(code: Int, reason: String = "") {
    guard isOpen else { return }
    isOpen = false
    closeCode = code
    closeReason = reason
    closingSince = flushList.loop.now
    resumeReading()  // The peer's answer to the close comes that way.
    outbox.closeWhenDrained()
    mayWait = false
    queueForFlush()
  }

  /// Ends the connection at once, without a word and whatever is unsent.
  public func drop() {
    guard let socket, !isDropped else { return }
    isOpen = false
    isDropped = true
    socket.shutDown()
  }

  // MARK: - Writing

  /// The end of a round: gives what is queued to the library, or begins to close.
  final func flush() {
    if turn == .held { flushList.unhold() }
    turn = .none
    mayWait = true
    guard let socket, !isDropped else { return }
    switch outbox.next {
    case .rest: break
    case .write: write(to: socket)
    // The library closes only from inside one of its callbacks.
    case .close: socket.requestWritable()
    }
  }

  private final func write(to socket: LibrarySocket) {
    guard socket.write(frames.bytes) else {
      // The peer is gone; the library notices in its next callback.
      isOpen = false
      isDropped = true
      socket.requestWritable()
      return
    }
    frames.recycle(to: flushList.pool)
    blockedSince = socket.isBlocked ? flushList.loop.now : nil
    if outbox.wrote(blocked: socket.isBlocked) { drained() }
    if outbox.next == .close { socket.requestWritable() }
  }

  /// The library can write again, and has nothing of ours left.
  /// - Returns: false to end the connection, with the close frame that has been prepared if there is one.
  final func becameWritable() -> Bool {
    guard let socket, !isDropped else { return false }
    guard !socket.isBlocked else { return true }
    blockedSince = nil
    if outbox.becameWritable() { drained() }
    switch outbox.next {
    case .rest: break
    case .write: write(to: socket)
    case .close:
      // Asked a second time, the library would close the socket without waiting for the peer's answer; what the peer
      // had sent meanwhile makes that a reset, which costs it everything it has not read yet.
      guard !hasBegunClosing else { return true }
      hasBegunClosing = true
      socket.prepareClose(code: closeCode ?? 1000, reason: closeReason)
      return false
    }
    return true
  }

  // MARK: - Reading

  /// A piece of a message has come.
  @inline(__always)
  final func received(_ piece: UnsafeRawBufferPointer, kind: MessageKind, isFirst: Bool, isFinal: Bool, remaining: Int)
  {
    wasHeard = true
    guard isOpen else { return }
    switch assembly.take(piece, kind: kind, isFirst: isFirst, isFinal: isFinal, remaining: remaining) {
    case .whole: check(piece, kind)
    case .assembled:
      check(assembly.assembled, kind)
      assembly.release()
    case .more: break
    case .tooBig(let limitBytes): refuseTooBig(kind, limitBytes: limitBytes)
    }
  }

  @inline(__always)
  private final func check(_ message: UnsafeRawBufferPointer, _ kind: MessageKind) {
    if kind == .text && !message.isUTF8 { return refuseNotUTF8() }
    deliver(message, kind)
  }

  /// The peer has begun to close; the library answers.
  func peerCloses(code: Int?) {
    if closeCode == nil { closeCode = code ?? 1005 }
  }

  /// The library has let go of the connection.
  final func detach() {
    isOpen = false
    socket = nil
  }

  // MARK: - For the two ends

  func deliver(_ message: UnsafeRawBufferPointer, _ kind: MessageKind) {
    preconditionFailure("a peer is one of two ends")
  }
  func refuseTooBig(_ kind: MessageKind, limitBytes: Int) { close(code: 1009, reason: "message too big") }
  func refuseNotUTF8() { close(code: 1007, reason: "text is not UTF-8") }
  func drained() {}
}

extension UnsafeRawBufferPointer {
  var isUTF8: Bool {
    guard let base = baseAddress else { return true }
    let bytes = UnsafeBufferPointer(start: base.assumingMemoryBound(to: UInt8.self), count: count)
    return (try? UTF8Span(validating: Span(_unsafeElements: bytes))) != nil
  }
}
