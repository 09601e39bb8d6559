internal import Glibc
internal import Platform

/// Traffic of an open connection.
extension LoadLoop {
  /// Sends pending bytes until none are left or the socket is full.
  @inline(__always)
  mutating func flush(_ index: Int) throws(LoadError) {
    guard streams.all[index].state == .open else { return }
    while true {
      if streams.all[index].pongBytes > 0, streams.all[index].isBetweenFrames {
        guard sendPong(index) else { return }
      }
      let pending = streams.all[index].pending
      guard pending > 0 else { return try unblock(index) }
      let bytes = train.next(pending: pending, offset: streams.all[index].offset)
      switch streams.all[index].socket.send(bytes) {
      case .broken: return drop(index)
      case .blocked: return try block(index)
      case .bytes(let count):
        let end = streams.all[index].offset + count
        streams.all[index].pending = pending - end / train.frameBytes
        streams.all[index].offset = end % train.frameBytes
        if count < bytes.count, tls == nil { return try block(index) }
      }
    }
  }

  mutating func block(_ index: Int) throws(LoadError) {
    guard !streams.all[index].isBlocked else { return }
    streams.all[index].isBlocked = true
    try poller.change(streams.all[index].socket.descriptor, index: index, writing: true)
  }

  /// Whether the connection can continue. A pong is so short that a partial write means it is broken.
  private mutating func sendPong(_ index: Int) -> Bool {
    let bytes = UnsafeRawBufferPointer(start: streams.all[index].pong, count: streams.all[index].pongBytes)
    if case .bytes(bytes.count) = streams.all[index].socket.send(bytes) {
      streams.all[index].pongBytes = 0
      return true
    }
    drop(index)
    return false
  }

  mutating func readable(_ index: Int) throws(LoadError) {
    guard streams.all[index].socket.isOpen else { return }
    if streams.all[index].state == .handshaking { return try shakeHands(index) }
    while receive(index), tls != nil {}
    if streams.all[index].pending > 0, !streams.all[index].isBlocked { try flush(index) }
  }

  /// Whether there may be more.
  private mutating func receive(_ index: Int) -> Bool {
    let held = streams.all[index].heldBytes
    if held > 0 { inbox.baseAddress!.copyMemory(from: streams.all[index].held, byteCount: held) }
    switch streams.all[index].socket.receive(into: UnsafeMutableRawBufferPointer(rebasing: inbox[held...])) {
    case .nothing: return false
    case .ended, .broken:
      drop(index)
      return false
    case .bytes(let count):
      let bytes = UnsafeRawBufferPointer(rebasing: inbox[..<(held + count)])
      let used = take(index, bytes, now: Clock.now())
      guard streams.all[index].socket.isOpen else { return false }
      let rest = bytes.count - used
      if rest > 0 { streams.all[index].held.copyMemory(from: bytes.baseAddress! + used, byteCount: rest) }
      streams.all[index].heldBytes = rest
      return true
    }
  }

  /// How many of the bytes were whole frames; the rest is less than one.
  private mutating func take(_ index: Int, _ bytes: UnsafeRawBufferPointer, now: Int) -> Int {
    var used = 0
    if streams.all[index].state == .upgrading {
      used = upgrade(index, bytes)
      guard used > 0 else { return 0 }
    }
    while true {
      switch ServerFrame.first(in: UnsafeRawBufferPointer(rebasing: bytes[used...])) {
      case .incomplete: return used
      case .invalid:
        report.faults.invalid += 1
        drop(index)
        return used
      case .frame(let opcode, let payload, let size):
        used += size
        switch opcode {
        case 0x1: reply(index, Reply(payload), now: now)
        case 0x8:
          drop(index)
          return used
        case 0x9: ping(index, payload)
        case 0xa: break
        default: report.faults.unexpected += 1
        }
      }
    }
  }

  private mutating func ping(_ index: Int, _ payload: UnsafeRawBufferPointer) {
    let frame = FrameTrain.frame(opcode: 0x8a, Array(payload))
    streams.all[index].pong.copyMemory(from: frame, byteCount: frame.count)
    streams.all[index].pongBytes = frame.count
    if streams.all[index].state == .open, streams.all[index].isBetweenFrames { _ = sendPong(index) }
  }

  @inline(__always)
  private mutating func reply(_ index: Int, _ reply: Reply, now: Int) {
    // Replies after the close were counted as missing.
    guard streams.all[index].state == .open else { return }
    let before = streams.all[index].account.completed
    switch reply {
    case .acknowledgement(let seq, let chunkBytes):
      if chunkBytes != plan.chunkBytes { report.faults.wrongSize += 1 }
      let verdict = streams.all[index].account.acknowledge(seq: seq)
      if let due = judge(index, verdict) { report.acknowledgements.add(nanoseconds: now - due) }
    case .transcription(let seq):
      let verdict = streams.all[index].account.transcribe(seq: seq)
      if let due = judge(index, verdict) { report.transcriptions.add(nanoseconds: now - due) }
    case .other where streams.all[index].awaitsStarted: streams.all[index].awaitsStarted = false
    case .other: report.faults.unexpected += 1
    }
    let completed = streams.all[index].account.completed - before
    guard completed > 0 else { return }
    report.completed += completed
    if timeline.stage == .measuring { report.measuredChunks += completed }
    if timeline.isSending, case .closed = plan.pace {
      for _ in 0..<completed { handOver(index, due: now) }
    }
  }

  /// When the chunk was due, if that is within the measurement.
  @inline(__always)
  private mutating func judge(_ index: Int, _ verdict: ReplyAccount.Verdict) -> Int? {
    let chunk: Int
    switch verdict {
    case .expected(let expected): chunk = expected
    case .skipped(let found, let missing):
      report.faults.skipped += missing
      chunk = found
    case .repeated:
      report.faults.repeated += 1
      return nil
    case .early:
      report.faults.early += 1
      return nil
    }
    let due = streams.all[index].dueTimes[chunk & ringMask]
    return timeline.measured.contains(due) ? due : nil
  }
}
