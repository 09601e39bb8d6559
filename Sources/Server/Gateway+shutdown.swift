import Contract
import IO
import JSON
import Platform
import WebSocket

extension Gateway {
  /// How often the state of the shutdown is looked at besides at every event.
  private static let tick = Duration.milliseconds(10)

  func signalled(_ number: Int32) {
    switch shutdown.signalled(now: loop.now) {
    case .endAtOnce:
      if isFirst { log.write(.warning, "second signal: ending at once", ["signal": .number(Int(number))]) }
      pool.killAll()
      end(status: 1)
    case .stopAccepting:
      if isFirst {
        log.write(
          .info, "shutting down", ["signal": .number(Int(number)), "clients": .number(commons.connections)])
      }
      server?.stopAccepting()
      loop.after(Self.tick, repeating: Self.tick) { [unowned self] in advanceShutdown() }
    }
  }

  /// The time is up for what no worker has answered: its client is told.
  private func abandon(_ client: ConnectedClient) {
    for loss in client.session.abandon() {
      switch loss {
      case .chunk(let seq):
        client.send(.failure(error: "The server ended before chunk \(seq) was measured", code: nil, seq: seq))
      case .finished(let ending, let seq): answer(ending, seq: seq, to: client)
      }
    }
  }

  private var remaining: ShutdownState.Remaining {
    if clients.isEmpty { return .none }
    return clients.values.contains { ($0.connection?.unsentBytes ?? 0) > 0 } ? .behind : .silent
  }

  /// Takes the next step if it is time.
  func advanceShutdown() {
    let action = shutdown.advance(
      now: loop.now, workersLeft: pool.isAtWork, connections: remaining)
    switch action {
    case .wait: break
    case .finish: pool.finishAll { [unowned self] in isRecovering($0) }
    case .close(let late):
      if late {
        log.write(.error, "the time to answer everything is up", ["clients": .number(clients.count)])
        status = 1
        pool.killAll()
        for client in everyone { abandon(client) }
      }
      let goingAway = ServerMessage.failure(error: "The server is going away", code: "going_away", seq: nil)
      for client in clients.values where client.session.state != .ended {
        client.send(goingAway)
        close(client, code: 1001, reason: "going away")
      }
    case .end(let late):
      if late { log.write(.warning, "clients cut off", ["clients": .number(clients.count)]) }
      end(status: status)
    }
  }
}
