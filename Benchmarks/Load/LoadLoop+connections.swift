internal import Glibc

/// How connections come and go.
extension LoadLoop {
  mutating func connectSome() throws(LoadError) {
    while begunConnections < plan.connections, upgrading < LoadPlan.upgradesAtOnce {
      let index = begunConnections
      let descriptor = try LoadSocket.connect(to: address)
      streams.all[index].descriptor = descriptor
      streams.all[index].state = .connecting
      streams.all[index].isBlocked = true
      try poller.watch(descriptor, index: index, writing: true)
      begunConnections += 1
      upgrading += 1
    }
  }

  mutating func giveUpConnecting() {
    for index in streams.all.indices {
      if streams.all[index].state == .unconnected { report.faults.refused += 1 }
      if streams.all[index].state == .connecting || streams.all[index].state == .upgrading { drop(index) }
    }
    begunConnections = plan.connections
  }

  /// The connection is established, or its buffer has room again.
  mutating func writable(_ index: Int) throws(LoadError) {
    guard streams.all[index].state == .connecting else { return try flush(index) }
    // The request is much smaller than an empty buffer.
    let sent = request.withUnsafeBytes { LoadSocket.send($0, to: streams.all[index].descriptor) }
    guard case .bytes(request.count) = sent else { return drop(index) }
    streams.all[index].state = .upgrading
    try unblock(index)
  }

  mutating func unblock(_ index: Int) throws(LoadError) {
    guard streams.all[index].isBlocked else { return }
    streams.all[index].isBlocked = false
    try poller.change(streams.all[index].descriptor, index: index, writing: false)
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
      return headBytes
    }
  }

  mutating func sayGoodbye(_ index: Int) {
    guard streams.all[index].state == .open else { return }
    account(index)
    // In the middle of a chunk the server would read it as audio.
    if streams.all[index].offset == 0 {
      _ = FrameTrain.frame(opcode: 0x88, [0x03, 0xe8]).withUnsafeBytes {
        LoadSocket.send($0, to: streams.all[index].descriptor)
      }
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
    case .connecting, .upgrading:
      upgrading -= 1
      report.faults.refused += 1
    case .open:
      open -= 1
      report.faults.broken += 1
      account(index)
    case .closing: open -= 1
    }
    LoadSocket.reset(streams.all[index].descriptor)
    streams.all[index].descriptor = -1
    streams.all[index].state = .gone
  }
}
