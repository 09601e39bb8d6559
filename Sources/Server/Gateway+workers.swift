import Contract
import JSON
import Platform
import WebSocket
import WorkerLink

extension Gateway: WorkerPool.Owner {
  func pool(_ pool: WorkerPool, seat: Int, replied reply: WorkerReply) {
    defer { proceed(reply, on: seat) }
    timing.answered()
    switch reply {
    case .result(let header, let text):
      guard let client = client(header.stream, on: seat) else { return }
      client.session.heard(
        header.segments(in: text), partialsShed: header.shed, checkpoint: header.checkpoint)
      switch header.asked {
      case .finish: finished(seq: Int(header.seq), text: text, for: client)
      case .chunk:
        guard client.session.measured(seq: Int(header.seq), levels: header.levels) == .deliver else {
          return pool.replace(seat, because: "it answered a chunk out of order")
        }
        client.history.answered(seq: Int(header.seq), levels: header.levels, checkpoint: header.checkpoint)
        tally.processed += 1
        account(client)
        client.send(.chunk(seq: Int(header.seq)), text: text)
        if client.session.hasRoom { client.resume(.inFlight) }
      }
    case .failed(let stream, let seq, let asked, let message):
      guard let client = client(stream, on: seat) else { return }
      switch asked {
      case .finish: finished(seq: Int(seq), text: nil, for: client)
      case .chunk:
        guard client.session.failed(seq: Int(seq)) == .deliver else {
          return pool.replace(seat, because: "it answered a chunk out of order")
        }
        client.history.answered(seq: Int(seq), checkpoint: client.session.checkpoint)
        tally.dropped += 1
        account(client)
        let error = String(decoding: message, as: UTF8.self)
        client.send(.failure(error: error, code: nil, seq: Int(seq)))
        if client.session.hasRoom { client.resume(.inFlight) }
      }
    case .hold(let stream): client(stream, on: seat)?.pause(.decoding)
    case .release(let stream): client(stream, on: seat)?.resume(.decoding)
    case .ready(_, _, let report): enginesTold(report)
    case .pong: break
    }
  }

  /// What waited for this answer goes on.
  private func proceed(_ reply: WorkerReply, on seat: Int) {
    switch reply {
    case .result(let header, _) where header.asked == .chunk:
      if recoveries[seat].answered(header.stream, seq: Int(header.seq)) { recover(seat) }
    case .failed(let stream, let seq, .chunk, _):
      if recoveries[seat].answered(stream, seq: Int(seq)) { recover(seat) }
    default: break
    }
  }

  /// The client whose stream is on `seat`; nil when it has gone, or was moved, since.
  private func client(_ stream: UInt64, on seat: Int) -> ConnectedClient? {
    client(stream).flatMap { $0.seat == seat ? $0 : nil }
  }

  /// What a worker that has come up says of the engines it was told to load. It holds for those of all loops.
  private func enginesTold(_ report: UnsafeRawBufferPointer) {
    let report = (try? JSONValue(parsing: report)) ?? .null
    let before = engines
    everywhere { $0.engines.take(report) }
    guard engines != before else { return }
    for engine in engines.enabled {
      if let problem = engines.problem(engine), problem != before.problem(engine) {
        log.write(.error, "engine unavailable", ["engine": .string(engine.rawValue), "reason": .string(problem)])
      }
    }
  }

  func pool(_ pool: WorkerPool, ready seat: Int) { recover(seat) }

  func pool(_ pool: WorkerPool, isNeeded seat: Int) -> Bool {
    everyone.contains { $0.seat == seat && $0.session.isWaiting }
  }

  func pool(_ pool: WorkerPool, drained seat: Int) {
    recover(seat)
    release(seat)
  }

  func poolIsReady(_ pool: WorkerPool) {
    if shutdown.phase == .serving { open() }
  }

  func pool(_ pool: WorkerPool, cannotStart reason: String) { fail(reason) }
}
