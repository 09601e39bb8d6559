import Glibc

/// What a stream reports to its owner, all on the loop's thread. Each keeps the other alive until `ended`.
public protocol ByteStreamDelegate: AnyObject {
  /// Bytes have arrived. They are valid during the call only, and may be changed in place.
  func stream(_ stream: ByteStream, received bytes: UnsafeMutableRawBufferPointer)
  /// The peer will send nothing more; it may still read.
  func streamInputEnded(_ stream: ByteStream)
  /// More than `ByteStream.lowWaterBytes` were unsent, and now fewer are.
  func streamDrained(_ stream: ByteStream)
  /// A client of a server's stream with TLS does not speak it. What is queued now is sent unencrypted; nothing of what
  /// the client sends is received. Without an implementation the stream ends.
  func streamIsNotTLS(_ stream: ByteStream)
  /// A trusted balancer says whose bytes follow.
  func stream(_ stream: ByteStream, isFrom client: ClientAddress)
  /// The stream began with a header of the PROXY protocol that is not taken. What is queued now is sent unencrypted;
  /// nothing more is received. Without an implementation the stream ends.
  func stream(_ stream: ByteStream, hasBadProxyHeader reason: String)
  /// The stream is over, and its descriptor closed. Nothing follows.
  func stream(_ stream: ByteStream, ended: StreamEnd)
}

extension ByteStreamDelegate {
  public func streamIsNotTLS(_ stream: ByteStream) { stream.drop() }
  public func stream(_ stream: ByteStream, isFrom client: ClientAddress) {}
  public func stream(_ stream: ByteStream, hasBadProxyHeader reason: String) { stream.drop() }
}

/// A connected socket on a loop, with or without TLS.
///
/// Output of a round leaves in one write at its end. What the peer does not read stays here (`unsentBytes`), without a
/// limit: the owner stops what fills it, and continues when it is told of draining.
public final class ByteStream: DescriptorObserver {
  /// Below this a stream that was above it counts as drained.
  public static let lowWaterBytes = 64 << 10
  /// How long a finished stream waits for the peer to finish, and how much of its input it discards meanwhile: a socket
  /// closed with unread input is reset, which costs the peer the output it has not read.
  static let lingerTime = Duration.seconds(2)
  static let lingerBytes = 1 << 20

  enum Phase {
    case open
    /// The remaining output is written, then our side is shut down, or the stream ends.
    case finishing(lingers: Bool)
    /// Our side is shut down; input is discarded until the peer shuts down its own.
    case lingering(LoopTimer, discardedBytes: Int)
    /// To be ended at the end of the round.
    case dropped
    case ended
  }

  /// Where the stream is in the scheduler.
  enum Turn {
    case none
    /// It is written at the end of this round.
    case queued
    /// It waits for more output, or for the scheduler's second tick.
    case held
  }

  // Read several times a message; changed by `join` only, between two rounds. Checks of this and of what follows took
  // 920 instructions a chunk, beside 7,900 for all else.
  @exclusivity(unchecked) public private(set) var loop: EventLoop
  var watcher: PolledDescriptor
  public var delegate: (any ByteStreamDelegate)? { didSet { watcher.prefetches(delegate, at: .delegate) } }
  var tls: TLSSession?
  // Changed several times a message; no call to the owner is made meanwhile.
  @exclusivity(unchecked) var output = OutputBuffer()
  var phase = Phase.open
  @exclusivity(unchecked) var turn = Turn.none
  var flags = Flags()
  /// Since when the peer has taken nothing of the unsent bytes.
  public internal(set) var blockedSince: Duration?

  /// The first bytes, until it is clear whether they are a header of the PROXY protocol; nil: it is.
  var opening: Opening?

  /// Output that may wait: since when the first of it is queued, and how many messages there are.
  @exclusivity(unchecked) var waiting = (since: 0.0, messages: 0)

  struct Flags {
    /// None of the queued output is urgent.
    var mayWait = true
    var isReadingPaused = false
    var hasInputEnded = false
    var wasAboveLowWater = false
    /// Bytes have arrived since `takeHeard` was last called.
    var wasHeard = true
  }

  /// Takes over a connected, non-blocking descriptor, and reads it from now on.
  /// - Parameter proxyHeader: what becomes of a header of the PROXY protocol.
  public init(
    _ descriptor: Int32, on loop: EventLoop, tls context: TLSContext? = nil, proxyHeader: ProxyHeaderUse = .notExpected
  ) {
    self.loop = loop
    opening = proxyHeader == .notExpected ? nil : Opening(isTrusted: proxyHeader == .taken)
    watcher = PolledDescriptor(descriptor, on: loop.poller)
    if let context { tls = TLSSession(serving: context, loop.scheduler.tls) }
    super.init()
    watcher.setObserver(self)
    updateWatch()
  }

  deinit {
    // Nobody kept it until its end.
    watcher.stop()
    if !watcher.isClosed { close(watcher.descriptor) }
    watcher.free()
    output.discard()
  }

  public var descriptor: Int32 { watcher.descriptor }

  /// Has this object fetched into the processor's cache when bytes have arrived: the delegate gives each message to it.
  public func prefetches(_ receiver: AnyObject?) { watcher.prefetches(receiver, at: .receiver) }

  /// Speaks TLS as a client from now on; output queued meanwhile is sent encrypted.
  /// - Parameter host: the name or address that the certificate must be for.
  public func startTLS(_ context: TLSContext, host: String) {
    let session = TLSSession(context, to: host, loop.scheduler.tls)
    tls = session
    _ = advance(session, nil)
  }

  public var isEncrypted: Bool { tls != nil }

  /// Gives its descriptor away, without a word to its owner; nil if it ends meanwhile. Without TLS only.
  public func release() -> Int32? {
    precondition(tls == nil, "What comes next over this descriptor only the session can read.")
    flush()
    guard case .open = phase, unsentBytes == 0 else { return nil }
    phase = .ended
    watcher.stop()
    watcher.isClosed = true
    delegate = nil
    return watcher.descriptor
  }

  // MARK: Another loop

  /// Leaves its loop, for `join` on another one's thread. What is queued is written first, as far as the peer takes it.
  /// Not for its delegate's methods: they are called amid a report of the loop that it leaves.
  /// - Returns: false if the stream is over, or about to be.
  public func leaveLoop() -> Bool {
    // Again, if its owner answers that it has drained.
    while turn != .none { flush() }
    guard case .open = phase else { return false }
    loop.scheduler.remove(self)
    watcher.stop()
    return true
  }

  /// Continues on a loop, whose thread calls this.
  public func join(_ loop: EventLoop) {
    self.loop = loop
    watcher.join(loop.poller)
    tls?.use(loop.scheduler.tls)
    updateWatch()
  }

  // MARK: Input

  /// Stops reading the socket; the kernel's buffers fill, and TCP slows the peer.
  public var isReadingPaused: Bool {
    get { flags.isReadingPaused }
    set {
      guard newValue != flags.isReadingPaused else { return }
      flags.isReadingPaused = newValue
      updateWatch()
    }
  }

  /// Whether bytes have arrived since this was last called.
  public func takeHeard() -> Bool {
    defer { flags.wasHeard = false }
    return flags.wasHeard
  }

  func updateWatch() {
    let isWatched = watcher.watch(
      reading: !flags.isReadingPaused && !flags.hasInputEnded, writing: blockedSince != nil)
    // It would never be heard again.
    if !isWatched { drop() }
  }

  /// The loop reports that the descriptor is ready.
  override func ready(readable: Bool, writable: Bool) {
    if writable {
      switch phase {
      case .open, .finishing: write()
      case .lingering, .dropped, .ended: break
      }
    }
    // Writing may have ended it, or its owner paused it.
    if readable, watcher.isReading { read() }
  }

  private func read() {
    let buffer = loop.scheduler.readBuffer
    let count = recv(watcher.descriptor, buffer.baseAddress, buffer.count, 0)
    guard count > 0 else {
      if count == 0 { return inputEnded() }
      // No signal interrupts a call that does not wait.
      if errno != EAGAIN { end(.broken(reason: String(cString: strerror(errno)))) }
      return
    }
    if count == buffer.count { watcher.readAgain() }
    flags.wasHeard = true
    let bytes = UnsafeMutableRawBufferPointer(rebasing: buffer[..<count])
    switch phase {
    case .open, .finishing: if opening == nil { receive(bytes) } else { receiveOpening(bytes) }
    case .lingering(let timer, let discarded):
      guard discarded + count <= Self.lingerBytes else { return end(.finished) }
      phase = .lingering(timer, discardedBytes: discarded + count)
    case .dropped, .ended: break
    }
  }

  /// What the client itself has sent.
  func receive(_ bytes: UnsafeMutableRawBufferPointer) {
    if let tls { receive(encrypted: bytes, tls) } else { deliver(bytes) }
  }

  private func deliver(_ bytes: UnsafeMutableRawBufferPointer) {
    guard case .open = phase else { return }
    delegate?.stream(self, received: bytes)
  }

  private func receive(encrypted bytes: UnsafeMutableRawBufferPointer, _ tls: TLSSession) {
    let wasEstablished = tls.isEstablished
    guard wasEstablished || !tls.isForeign(bytes) else { return endTLS(tls) }
    guard advance(tls, UnsafeRawBufferPointer(bytes)), tls.isEstablished else { return }
    if !wasEstablished { established(tls) }
    let received = tls.decrypt()
    guard sendEncrypted(tls) else { return }
    if received.plain.count > 0 { deliver(received.plain) }
    switch received.end {
    case .more: break
    case .closed: inputEnded()
    case .failed(let fault): end(.broken(reason: "TLS: \(fault.reason)"))
    }
  }

  private func established(_ tls: TLSSession) {
    watcher.prefetches(tls, at: .tls)
    watcher.prefetches(tls.records, at: .records)
    watcher.prefetches(memory: tls.records?.keys, at: .keys)
    if output.count > 0 || !flags.mayWait { queueForFlush() }
  }

  /// The peer does not speak TLS. A server still has the chance to tell it so.
  private func endTLS(_ session: TLSSession) {
    guard session.isServer else { return end(.notTLS) }
    tls = nil
    // Nothing of its handshake is left to send.
    blockedSince = nil
    updateWatch()
    delegate?.streamIsNotTLS(self)
  }

  /// Continues the handshake with what has arrived, if it is not over.
  /// - Returns: false when the stream has ended.
  private func advance(_ tls: TLSSession, _ input: UnsafeRawBufferPointer?) -> Bool {
    tls.give(input)
    guard !tls.isEstablished else { return true }
    let failure = tls.handshake()
    guard sendEncrypted(tls) else { return false }
    guard let failure else { return true }
    end(failure)
    return false
  }

  private func inputEnded() {
    switch phase {
    case .open, .finishing:
      guard !flags.hasInputEnded else { return }
      flags.hasInputEnded = true
      updateWatch()
      if let tls, !tls.isEstablished { return end(.broken(reason: "the connection was closed")) }
      delegate?.streamInputEnded(self)
    case .lingering: end(.finished)
    case .dropped, .ended: break
    }
  }

  // MARK: The end

  /// Ends the stream when everything queued is written.
  /// - Parameter lingers: only when the peer has finished, too; its input is discarded. Otherwise it must have said
  ///   that it sends nothing more.
  public func finish(lingers: Bool = true) {
    guard case .open = phase else { return }
    phase = .finishing(lingers: lingers)
    flags.mayWait = false
    isReadingPaused = false
    queueForFlush()
  }

  func shutDownOutput(lingers: Bool) {
    if let tls {
      tls.shutDown()
      guard sendEncrypted(tls) else { return }
    }
    guard lingers, !flags.hasInputEnded else { return end(.finished) }
    shutdown(watcher.descriptor, Int32(SHUT_WR))
    let timer = loop.after(Self.lingerTime) { [unowned self] in end(.finished) }
    phase = .lingering(timer, discardedBytes: 0)
  }

  /// Ends the stream at once, whatever is unsent; `ended` follows at the end of the round.
  public func drop() {
    if case .ended = phase { return }
    if case .lingering(let timer, _) = phase { timer.cancel() }
    phase = .dropped
    watcher.stop()
    flags.mayWait = false
    blockedSince = nil
    queueForFlush()
  }

  func end(_ end: StreamEnd) {
    if case .ended = phase { return }
    if case .lingering(let timer, _) = phase { timer.cancel() }
    phase = .ended
    if turn == .held { loop.scheduler.unhold() }
    turn = .none
    watcher.stop()
    close(watcher.descriptor)
    watcher.isClosed = true
    tls?.end()
    tls = nil
    output.discard()
    let owner = delegate
    delegate = nil
    owner?.stream(self, ended: end)
  }
}
