import WebSocket
import Wire

extension Gateway {
  /// How often the state of the shutdown is looked at besides at every event.
  private static let tick = Duration.milliseconds(10)

  func signalled(_ number: Int32) {
    switch shutdown.signalled(now: loop.now) {
    case .endAtOnce:
      log.write(.warning, "second signal: ending at once", ["signal": .number(Int(number))])
      pool.killAll()
      end(status: 1)
    case .stopAccepting:
      log.write(.info, "shutting down", ["signal": .number(Int(number)), "clients": .number(clients.count)])
      server?.stopAccepting()
      loop.after(Self.tick, repeating: Self.tick) { [unowned self] in advanceShutdown() }
    }
  }

  /// Takes the next step if it is time.
  func advanceShutdown() {
    let action = shutdown.advance(
      now: loop.now, workersLeft: !pool.state.isEmpty, connectionsLeft: !clients.isEmpty)
    switch action {
    case .wait: break
    case .finish: pool.finishAll()
    case .close(let late):
      if late {
        log.write(.error, "the time to answer everything is up", ["clients": .number(clients.count)])
        status = 1
        pool.killAll()
      }
      let goingAway = ServerMessage.failure(error: "The server is going away", code: "going_away", seq: nil)
      for client in clients.values where client.session.state != .ended {
        client.send(goingAway)
        close(client, code: 1001, reason: "going away")
      }
    case .end(let late):
      if late { log.write(.warning, "clients cut off", ["clients": .number(clients.count)]) }
      log.write(.info, "ended")
      end(status: status)
    }
  }
}
