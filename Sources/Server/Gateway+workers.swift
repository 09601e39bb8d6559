import WebSocket
import Wire
import WorkerLink

extension Gateway: WorkerPool.Owner {
  func pool(_ pool: WorkerPool, seat: Int, replied reply: WorkerReply) {
    switch reply {
    case .result(let header, let text):
      guard let client = clients[header.stream], client.seat == seat else { return }
      switch header.asked {
      case .finish: finished(seq: Int(header.seq), text: text, for: client)
      case .chunk:
        guard client.session.measured(seq: Int(header.seq), levels: header.levels) == .deliver else {
          return pool.replace(seat, because: "it answered a chunk out of order")
        }
        client.connection.send(text: text)
        if client.session.hasRoom { client.resume(.inFlight) }
      }
    case .failed(let stream, let seq, let asked, let message):
      guard let client = clients[stream], client.seat == seat else { return }
      switch asked {
      case .finish: finished(seq: Int(seq), text: nil, for: client)
      case .chunk:
        guard client.session.failed(seq: Int(seq)) == .deliver else {
          return pool.replace(seat, because: "it answered a chunk out of order")
        }
        let error = String(decoding: message, as: UTF8.self)
        client.send(.failure(error: error, code: nil, seq: Int(seq)))
        if client.session.hasRoom { client.resume(.inFlight) }
      }
    case .pong, .ready: break
    }
  }

  func pool(_ pool: WorkerPool, lost seat: Int) {
    for client in clients.values where client.seat == seat {
      client.seat = nil
      for loss in client.session.workerLost() {
        switch loss {
        case .chunk(let seq):
          client.send(.failure(error: "The worker died: chunk \(seq) was not measured", code: nil, seq: seq))
        case .finished(let ending, let seq): answer(ending, seq: seq, to: client)
        }
      }
      client.resume(.inFlight)
    }
    release(seat)
    advanceShutdown()
  }

  func pool(_ pool: WorkerPool, drained seat: Int) { release(seat) }

  func poolIsReady(_ pool: WorkerPool) {
    guard shutdown.phase == .serving else { return }
    do throws(WebSocketError) {
      let server = try WebSocketServer(
        loop: loop, host: settings.host, port: settings.port, maximumMessageBytes: Limits.messageBytes,
        maximumTextBytes: Limits.controlBytes, delegate: self)
      self.server = server
      let host = settings.host.contains(":") ? "[\(settings.host)]" : settings.host
      log.always(.info, "listening on http://\(host):\(server.port)")
    } catch {
      log.write(.error, error.description)
      pool.killAll()
      end(status: 1)
    }
  }

  func pool(_ pool: WorkerPool, cannotStart reason: String) {
    log.write(.error, reason)
    end(status: 1)
  }
}
