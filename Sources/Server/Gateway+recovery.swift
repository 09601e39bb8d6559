import Contract
import JSON
import Platform
import Recognition
import WorkerLink

/// After a worker's death: its streams wait for the one that takes its place and are brought over as `Recovery` says.
extension Gateway {
  /// Whether streams on `seat` wait for a worker or for their turn there.
  func isRecovering(_ seat: Int) -> Bool { !pool.isReady(seat) || !recoveries[seat].isDone }

  func pool(_ pool: WorkerPool, isTrying seat: Int) -> Bool { recoveries[seat].onTrial != nil }

  func pool(_ pool: WorkerPool, lost seat: Int, crashed: Bool) {
    let trial = recoveries[seat].onTrial
    recoveries[seat] = Recovery()
    tally.workersLost += 1
    for client in everyone.filter({ $0.seat == seat }).sorted(by: { $0.stream < $1.stream }) {
      client.resume(.decoding)
      if let trial, trial.stream == client.stream { judge(client, seq: trial.seq, crashed: crashed) }
      if trial == nil, crashed { suspectSound(of: client) }
      client.isMoving = true
      recoveries[seat].add(client.stream, suspects: client.session.workerLost(sent: client.sent))
    }
    release(seat)
    advanceShutdown()
  }

  /// A worker crashed with nothing on trial: of what was answered already perhaps, when an engine came to it. Sound with which
  /// three have crashed is given up, or no worker would ever live.
  private func suspectSound(of client: ConnectedClient) {
    let place = client.session.checkpoint.map { Int($0.frame) } ?? client.session.lastAnswered
    let deaths = client.soundSuspicion?.place == place ? client.soundSuspicion?.deaths ?? 0 : 0
    client.soundSuspicion = (place, deaths + 1)
    guard deaths + 1 >= 3, let end = client.history.silenceAnswered() else { return }
    client.session.giveUpSound(before: end)
    log.write(
      .warning, "sound given up: workers crash of it", ["client_id": .number(client.session.clientID)])
  }

  /// A worker died with nothing to do but chunk `seq`. A crash, the second in which it had a part, is proof enough; who was killed
  /// from outside may have had bad luck, once.
  private func judge(_ client: ConnectedClient, seq: Int, crashed: Bool) {
    let before = client.suspicion?.seq == seq ? client.suspicion?.deaths ?? 0 : 0
    guard crashed || before > 0 else {
      client.suspicion = (seq, before + 1)
      return
    }
    client.suspicion = nil
    client.history.silence(seq: seq)
    client.history.answered(seq: seq, checkpoint: client.session.checkpoint)
    fail(client, seq: seq, error: "Two workers died of chunk \(seq): it was not measured")
  }

  /// The worker on `seat` is up, or has room again, or answered what was waited for.
  func recover(_ seat: Int) {
    while pool.isReady(seat), !pool.isFull(seat), let step = recoveries[seat].next() {
      switch step {
      case .wait: return
      case .recall(let stream):
        guard let client = client(stream) else { continue }
        if let (chunk, levels) = client.history.known {
          pool.recall(header(chunk, of: client), frames: chunk.frames, levels: levels, on: seat)
        }
        replay(client, on: seat) { $0.isAnswered }
      case .attempt(let trial):
        guard let client = client(trial.stream) else {
          _ = recoveries[seat].answered(trial.stream, seq: trial.seq)
          continue
        }
        finishes(client, behind: trial.seq - 1, on: seat)
        replay(client, on: seat) { $0.seq == trial.seq }
      case .resume(let stream):
        guard let client = client(stream) else { continue }
        resume(client, on: seat)
      }
    }
    if pool.isEnding, recoveries[seat].isDone { pool.finish(seat) }
  }

  /// Gives the worker all of the stream that it was not given, and lets the stream go on.
  private func resume(_ client: ConnectedClient, on seat: Int) {
    client.isMoving = false
    let last = client.session.lastTaken
    var next = client.session.lastAnswered
    finishes(client, behind: next, on: seat)
    while next < last {
      next += 1
      replay(client, on: seat) { $0.seq == next }
      finishes(client, behind: next, on: seat)
    }
  }

  /// Sends those of the chunks kept that are `wanted`.
  private func replay(_ client: ConnectedClient, on seat: Int, _ wanted: (History.Chunk) -> Bool) {
    client.history.visit { chunk, sound in
      guard wanted(chunk) else { return }
      if !chunk.isAnswered, chunk.seq <= client.sent {
        client.session.replay()
        tally.replayed += 1
      }
      client.sent = max(client.sent, chunk.seq)
      let nothing = UnsafeRawBufferPointer(start: nil, count: 0)
      pool.send(header(chunk, of: client), odd: nothing, sound: sound, on: seat)
    }
  }

  private func finishes(_ client: ConnectedClient, behind seq: Int, on seat: Int) {
    for _ in 0..<client.session.endings(behind: seq) { pool.finish(client.stream, seq: UInt64(seq), on: seat) }
  }

  private func header(_ chunk: History.Chunk, of client: ConnectedClient) -> ChunkHeader {
    let parameters = client.session.parameters
    return ChunkHeader(
      stream: client.stream, seq: UInt64(chunk.seq), startFrame: UInt64(chunk.startFrame),
      checkpoint: client.session.checkpoint ?? Checkpoint(frame: 0), isAnswered: chunk.isAnswered,
      chunkBytes: chunk.chunkBytes, format: parameters.format,
      engine: Engine(rawValue: parameters.engine) ?? settings.engine)
  }
}
