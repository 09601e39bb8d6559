internal import Glibc

/// How connections come and go.
extension LoadLoop {
  mutating func connectSome() throws(LoadError) {
    while begunConnections < plan.connections, upgrading < LoadPlan.upgradesAtOnce {
      let index = begunConnections
      streams.all[index].socket = try LoadSocket.connect(to: address, tls: tls)
      streams.all[index].state = .connecting
      streams.all[index].isBlocked = true
      try poller.watch(streams.all[index].socket.descriptor, index: index, writing: true)
      begunConnections += 1
      upgrading += 1
    }
  }

  mutating func giveUpConnecting() {
    for index in streams.all.indices {
      if streams.all[index].state == .unconnected { report.faults.refused += 1 }
      switch streams.all[index].state {
      case .connecting, .handshaking, .upgrading: drop(index)
      case .unconnected, .open, .closing, .gone: break
      }
    }
    begunConnections = plan.connections
  }

  /// The connection is established, or its buffer has room again.
  mutating func writable(_ index: Int) throws(LoadError) {
    switch streams.all[index].state {
    case .connecting, .handshaking:
      streams.all[index].state = .handshaking
      try shakeHands(index)
    case .unconnected, .upgrading, .open, .closing, .gone: try flush(index)
    }
  }

  /// Continues the TLS handshake, if there is one, and asks for the upgrade after it.
  mutating func shakeHands(_ index: Int) throws(LoadError) {
    switch streams.all[index].socket.handshake() {
    case .wantsRead: return try unblock(index)
    case .wantsWrite: return try block(index)
    case .broken: return drop(index)
    case .done: break
    }
    // The request is much smaller than an empty buffer.
    let sent = request.withUnsafeBytes { streams.all[index].socket.send($0) }
    guard case .bytes(request.count) = sent else { return drop(index) }
    streams.all[index].state = .upgrading
    try unblock(index)
  }

  mutating func unblock(_ index: Int) throws(LoadError) {
    guard streams.all[index].isBlocked else { return }
    streams.all[index].isBlocked = false
    try poller.change(streams.all[index].socket.descriptor, index: index, writing: false)
  }

  /// How many of the bytes belong to the response to the upgrade.
  mutating func upgrade(_ index: Int, _ bytes: UnsafeRawBufferPointer) -> Int {
    switch LoadTarget.answer(bytes) {
    case .incomplete where bytes.count < ServerFrame.largestBytes: return 0
    case .incomplete, .refused:
      drop(index)
      return 0
    case .upgraded(let headBytes):
      streams.all[index].state = .open
      upgrading -= 1
      open += 1
      report.connected += 1
      if plan.sendsStart { start(index) }
      return headBytes
    }
  }

  /// Nothing is on the way yet: so few bytes fit.
  private mutating func start(_ index: Int) {
    let frame = FrameTrain.frame(opcode: 0x81, Array(#"{"type":"start"}"#.utf8))
    let sent = frame.withUnsafeBytes { streams.all[index].socket.send($0) }
    if case .bytes(frame.count) = sent { streams.all[index].awaitsStarted = true } else { drop(index) }
  }

  mutating func sayGoodbye(_ index: Int) {
    guard streams.all[index].state == .open else { return }
    account(index)
    // In the middle of a chunk the server would read it as audio.
    if streams.all[index].isBetweenFrames {
      _ = FrameTrain.frame(opcode: 0x88, [0x03, 0xe8]).withUnsafeBytes { streams.all[index].socket.send($0) }
    }
    streams.all[index].state = .closing
  }

  /// Records what the connection has left unanswered.
  private mutating func account(_ index: Int) {
    report.faults.unacknowledged += streams.all[index].account.unacknowledged
    report.faults.untranscribed += streams.all[index].account.untranscribed
  }

  mutating func drop(_ index: Int) {
    switch streams.all[index].state {
    case .unconnected, .gone: return
    case .connecting, .handshaking, .upgrading:
      upgrading -= 1
      report.faults.refused += 1
    case .open:
      open -= 1
      report.faults.broken += 1
      account(index)
    case .closing: open -= 1
    }
    streams.all[index].socket.reset()
    streams.all[index].state = .gone
  }
}
