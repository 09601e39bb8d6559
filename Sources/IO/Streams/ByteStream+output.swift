internal import CLinux
internal import Glibc

/// What is sent: queued during a round, written at its end.
extension ByteStream: ScheduledStream {
  /// Bytes queued, but not taken by the kernel.
  public var unsentBytes: Int { output.count + (tls?.unsent.count ?? 0) }

  /// Room for so many bytes, to be filled and reported with `queue`.
  @inline(__always)
  public func room(_ bytes: Int) -> UnsafeMutableRawPointer { output.room(bytes, from: loop.scheduler.pool) }

  /// So many bytes are in the room.
  /// - Parameter mayWait: more is expected soon, and both may leave together: 1 to 2 ms later at most.
  @inline(__always)
  public func queue(_ bytes: Int, mayWait: Bool = false) {
    output.advance(bytes)
    if output.count > Self.lowWaterBytes { flags.wasAboveLowWater = true }
    if mayWait { noteWaiting() } else { flags.mayWait = false }
    if !(mayWait && turn == .held) { queueForFlush() }
  }

  @inline(__always)
  private func noteWaiting() {
    if waiting.messages == 0 { waiting.since = loop.nowInSeconds }
    waiting.messages += 1
  }

  public func queue(copyOf bytes: UnsafeRawBufferPointer) {
    guard let source = bytes.baseAddress, bytes.count > 0 else { return }
    room(bytes.count).copyMemory(from: source, byteCount: bytes.count)
    queue(bytes.count)
  }

  public func queue(copyOf bytes: [UInt8]) { bytes.withUnsafeBytes { queue(copyOf: $0) } }

  func queueForFlush() {
    guard turn != .queued, blockedSince == nil else { return }
    if turn == .held { loop.scheduler.unhold() }
    turn = .queued
    loop.scheduler.add(self)
  }

  var mayWait: Bool { flags.mayWait }
  var isHeld: Bool { turn == .held }

  /// The scheduler holds it back.
  func hold() { turn = .held }

  /// The end of a round.
  func flush() {
    if turn == .held { loop.scheduler.unhold() }
    turn = .none
    flags.mayWait = true
    if waiting.messages > 0 {
      loop.scheduler.waited(since: waiting.since, messages: waiting.messages)
      waiting.messages = 0
    }
    switch phase {
    case .dropped: end(.broken(reason: "dropped"))
    case .open, .finishing: if blockedSince == nil { write() }
    case .lingering, .ended: break
    }
  }

  func write() {
    if let tls { writeEncrypted(tls) } else { writePlain() }
    if flags.wasAboveLowWater, unsentBytes < Self.lowWaterBytes {
      flags.wasAboveLowWater = false
      delegate?.streamDrained(self)
    }
    if case .finishing(let lingers) = phase, unsentBytes == 0, tls?.isEstablished ?? true {
      shutDownOutput(lingers: lingers)
    }
  }

  private func writePlain() {
    guard let sent = transmit(output.bytes) else { return }
    output.consume(sent, to: loop.scheduler.pool)
  }

  private func writeEncrypted(_ tls: TLSSession) {
    guard sendUnsent(tls), tls.isEstablished else { return }
    while output.count > 0, tls.unsent.count == 0 {
      guard let count = tls.encrypt(output.bytes) else { return end(.broken(reason: TLSContext.reason)) }
      output.consume(count, to: loop.scheduler.pool)
      guard sendEncrypted(tls) else { return }
    }
  }

  /// Sends what the session's last call has encrypted: from where it is, if nothing is left from before.
  /// - Returns: false when the stream has ended.
  func sendEncrypted(_ tls: TLSSession) -> Bool {
    let isFirst = tls.unsent.count == 0
    guard let sent = isFirst ? transmit(tls.encrypted) : 0 else { return false }
    tls.keepEncrypted(after: sent, in: loop.scheduler.pool)
    return isFirst || sendUnsent(tls)
  }

  private func sendUnsent(_ tls: TLSSession) -> Bool {
    guard let sent = transmit(tls.unsent.bytes) else { return false }
    tls.unsent.consume(sent, to: loop.scheduler.pool)
    return true
  }

  /// Sends as much as the kernel takes, and watches for room if that is not all.
  /// - Returns: nil when the stream has ended.
  private func transmit(_ bytes: UnsafeRawBufferPointer) -> Int? {
    guard bytes.count > 0 else { return 0 }
    var sent = Glibc.send(watcher.descriptor, bytes.baseAddress, bytes.count, Self.noSignal)
    if sent < 0 {
      guard errno == EAGAIN else {
        end(.broken(reason: String(cString: strerror(errno))))
        return nil
      }
      sent = 0
    }
    let wasBlocked = blockedSince != nil
    if sent == bytes.count { blockedSince = nil } else if sent > 0 || !wasBlocked { blockedSince = loop.now }
    if wasBlocked != (blockedSince != nil) { updateWatch() }
    return sent
  }

  private static let noSignal = no_signal()
}
