import Dialects
import IO
import JSON
import Platform
import Web

/// How the loops start together, talk to each other and end together.
extension Gateway {
  /// The first loop has the signals, listens, and ends last.
  var isFirst: Bool { context.index == 0 }

  /// Runs a job on that loop: at once if it is this one.
  func on(_ loop: Int, _ job: @escaping @Sendable (Gateway) -> Void) {
    if loop == context.index { job(self) } else { mailboxes[loop].submit(job) }
  }

  /// Runs a job on every loop, on this one first.
  func everywhere(_ job: @escaping @Sendable (Gateway) -> Void) {
    job(self)
    for loop in mailboxes.indices where loop != context.index { mailboxes[loop].submit(job) }
  }

  // MARK: The start

  /// Every worker of this loop is up for the first time: connections can be taken, and once all loops can, the first
  /// one listens.
  func open() {
    do throws(IOError) {
      let entrance = shared.configuration.entrance
      server = try WebServer(
        loop: loop, sharing: shared.port, as: context.index, patience: entrance.patience,
        reception: entrance.reception(loops: shared.loops), delegate: self)
      publish()
      on(0) { $0.loopIsReady() }
    } catch {
      fail(error.description)
    }
  }

  /// The largest message: 2.7 s of the widest format (8 channels of 4 bytes at 192 kHz), over eight minutes of the
  /// standard one.
  static let messageLimitBytes = 16 << 20

  private func loopIsReady() {
    guard lifecycle.loopIsReady(), lifecycle.isServing, let server else { return }
    let settings = context.settings
    do throws(IOError) {
      try server.listen(
        host: settings.host, port: settings.port, adopting: context.activation.others(than: Self.wyomingSocket))
      let page = settings.pageAddress(port: server.port)
      log.always(
        .info, "listening on \(settings.address(port: server.port))", page.map { ["page": .string($0)] } ?? [:])
      warnOfExposure(server)
      warnOfExpiry(server)
      try listenForWyoming()
      context.notifySocket?.notify(.ready(statusLine))
      watchLoops()
    } catch {
      fail(error.description)
    }
  }

  // MARK: The end

  /// The server can't start, whichever loop it is that can't.
  func fail(_ reason: String, status: Int32 = 1) {
    log.write(.error, reason)
    everywhere { gateway in
      gateway.lifecycle.fail(status)
      gateway.workers.killAll()
      gateway.end()
    }
  }

  /// This loop ends. The first one goes on until all have, to take their signals.
  func end() {
    guard lifecycle.end() else { return }
    let status = lifecycle.status
    on(0) { $0.loopHasEnded(status: status) }
    if !isFirst { loop.stop() }
  }

  private func loopHasEnded(status: Int32) {
    guard lifecycle.loopHasEnded(status: status) else { return }
    if lifecycle.shutdown.phase == .done { log.write(.info, "stopped") }
    loop.stop()
  }
}
