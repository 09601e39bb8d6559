import Audio
import Contract
import Glibc
import IO
import Platform
import WebSocket

/// One gateway among several: how they start together, tell each other what all must know, and end together.
extension Gateway {
  /// The first loop's: it has the signals, listens, and ends last.
  var isFirst: Bool { index == 0 }

  /// Runs a job on that loop: here and now when it is this one.
  func on(_ loop: Int, _ job: @escaping @Sendable (Gateway) -> Void) {
    if loop == index { job(self) } else { doors[loop].submit(job) }
  }

  /// Runs a job on every loop, on this one first.
  func everywhere(_ job: @escaping @Sendable (Gateway) -> Void) {
    job(self)
    for loop in doors.indices where loop != index { doors[loop].submit(job) }
  }

  // MARK: The beginning

  func watchSignals() {
    WebSocketLog.handle { [log] level, text in log.write(level == .error ? .error : .warning, text) }
    signals = [SIGTERM, SIGINT].map { number in
      loop.onSignal(number) { [unowned self] in everywhere { $0.signalled(number) } }
    }
    signals.append(loop.onSignal(SIGHUP) { [unowned self] in reload() })
  }

  /// Every worker of this loop is up for the first time: it can take connections, and when all loops can the first one listens.
  func open() {
    do throws(WebSocketError) {
      var reception = settings.entrance.reception
      reception.maximumRequesting /= commons.loops
      server = try WebSocketServer(
        loop: loop, sharing: commons.port, as: index, maximumMessageBytes: StreamLayout.largestChunkBytes,
        maximumTextBytes: ControlMessage.largestBytes, patience: settings.entrance.patience, reception: reception,
        delegate: self)
      exchange()
      on(0) { $0.loopIsReady() }
    } catch {
      fail(error.description)
    }
  }

  private func loopIsReady() {
    loopsToStart -= 1
    guard loopsToStart == 0, shutdown.phase == .serving, let server else { return }
    do throws(WebSocketError) {
      try server.listen(host: settings.host, port: settings.port)
      let host = settings.host.contains(":") ? "[\(settings.host)]" : settings.host
      log.always(.info, "listening on http\(settings.entrance.certificate == nil ? "" : "s")://\(host):\(server.port)")
      warnOfEntrance(server)
    } catch {
      fail(error.description)
    }
  }

  // MARK: The end

  /// The server can't start, whichever loop it is that can't.
  func fail(_ reason: String) {
    log.write(.error, reason)
    everywhere { gateway in
      gateway.pool.killAll()
      gateway.end(status: 1)
    }
  }

  /// This loop has ended; the first goes on until all have, for their signals' sake.
  func end(status: Int32) {
    guard !hasEnded else { return }
    hasEnded = true
    on(0) { $0.loopHasEnded(status: status) }
    if !isFirst { loop.stop() }
  }

  private func loopHasEnded(status: Int32) {
    self.status = max(self.status, status)
    loopsToEnd -= 1
    guard loopsToEnd == 0 else { return }
    if shutdown.phase == .done { log.write(.info, "ended") }
    loop.stop()
  }

  // MARK: Once a round

  /// Tells the other loops what this one has and learns what they have. Not every change of theirs leads to a round here, but the
  /// workers' heartbeat does, four times a second.
  func exchange() {
    guard commons.loops > 1 else { return }
    budget.settle(commons.hold(budget.unsettledBytes))
    commons.publish(share, of: index)
  }

  private var share: Share {
    Share(
      tally: tally, clients: clients.count, away: away.count, workers: pool.report, isAnswering: pool.isAnswering)
  }

  /// How things are on all loops: here now, elsewhere at the end of their last round.
  var shares: [Share] {
    commons.publish(share, of: index)
    return commons.all
  }
}
