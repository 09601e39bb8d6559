import Contract
import IO
import JSON
import SpeechClient
import Web

/// One client of a simulation: a connection, its ledger and its place in the plan.
final class SimulatedClient: WebSocketClientDelegate {
  private let index: Int
  private unowned let owner: SimulateCommand
  private var machine: ConnectionMachine
  private(set) var ledger = Ledger()
  private(set) var wasConnected = false
  private var receipt: Receipt?
  private var connection: ClientConnection?
  private var timer: LoopTimer?
  private var beganAt: Duration?
  private var isEnding = false

  init(index: Int, owner: SimulateCommand, retries: Bool) {
    self.index = index
    self.owner = owner
    machine = ConnectionMachine(policy: ConnectionMachine.Policy(retries: retries, resumes: false))
  }

  private var now: Duration { owner.runtime.loop.now }
  private var jitter: Double { .random(in: 0...1) }

  var isOver: Bool { machine.isOver }

  /// The server has sent a receipt that agrees with the ledger.
  var hasAgreeingReceipt: Bool {
    guard let receipt else { return false }
    return receipt.chunks == ledger.sentChunks && receipt.bytes == ledger.sentBytes
      && receipt.processed == ledger.transcribedChunks
  }

  func connect() { perform(machine.begin(at: now)) }

  /// All clients are connected: the sending begins.
  func start() {
    guard machine.isOpen else { return }
    beganAt = now + owner.plan.offset(ofClient: index)
    sendChunks()
  }

  func interrupt() {
    isEnding = true
    perform(machine.interrupted(at: now))
  }

  func tick() { perform(machine.tick(isExpecting: ledger.openChunks > 0, at: now, jitter: jitter)) }

  private func sendChunks() {
    while let beganAt, let connection, machine.isOpen {
      let decision = owner.plan.next(
        sent: ledger.sentChunks, open: ledger.openChunks, unsentBytes: connection.unsentBytes, after: now - beganAt)
      switch isEnding ? .done : decision {
      case .send:
        owner.audio.withChunk(after: ledger.sentChunks) {
          ledger.send(bytes: $0.count, at: now)
          connection.send(binary: $0)
        }
      case .wait(let due):
        timer?.cancel()
        timer = owner.runtime.loop.after(beganAt + due - now) { [unowned self] in sendChunks() }
        return
      case .hold: return
      case .done: return perform(machine.inputEnded(at: now))
      }
    }
  }

  private func perform(_ action: ConnectionMachine.Action) {
    switch action {
    // Its policy is not to resume, so it asks for no session.
    case .nothing, .start, .resume, .proceed, .startOver: break
    case .connect: connection = owner.runtime.connections.connect(to: owner.url, delegate: self)
    case .wait(let wait), .reconnect(_, let wait):
      owner.runtime.loop.after(wait) { [weak self] in
        guard let self else { return }
        perform(machine.waited())
      }
    case .sendStop: connection?.send(text: ControlMessage.stop.text)
    case .endInput: perform(machine.inputEnded(at: now))
    case .finish(let ending):
      timer?.cancel()
      connection?.drop()
      connection = nil
      owner.ended(self, ending)
    }
  }

  // MARK: - From the connection

  func opened(_ connection: ClientConnection) {
    perform(machine.opened(at: now))
    if !wasConnected {
      wasConnected = true
      owner.connected()
    }
    // Reconnected to a server that hung up before anything was sent.
    if owner.hasStarted, beganAt == nil { start() }
  }

  func failed(_ connection: ClientConnection, error: WebSocketError) {
    owner.runtime.connections.release(connection)
    self.connection = nil
    let failure = ConnectFailure(error, place: owner.place, body: connection.refusal)
    let action = machine.failed(
      failure.reason, isPermanent: failure.isPermanent || failure.isEngineUnavailable, retryAfter: failure.retryAfter,
      at: now, jitter: jitter)
    if case .wait(let wait) = action { owner.retries(after: wait, because: failure.reason) }
    perform(action)
  }

  func closed(_ connection: ClientConnection, code: Int?, reason: String) {
    owner.runtime.connections.release(connection)
    self.connection = nil
    perform(
      machine.closed(
        CloseReason.text(code: code, reason: reason), code: code, hasSent: ledger.sentChunks > 0,
        isExpecting: ledger.openChunks > 0, at: now, jitter: jitter))
  }

  func drained(_ connection: ClientConnection) { sendChunks() }

  func received(_ connection: ClientConnection, text: UnsafeRawBufferPointer) {
    machine.heard(at: now)
    guard let value = try? JSONValue(parsing: text) else { return }
    switch Reply(value) {
    case .accepted(let seq, let size): ledger.accept(seq: seq, chunkBytes: size)
    case .transcription(let text): answered(text.seq)
    case .measured(let seq): answered(seq)
    case .failure(let error, _, let seq):
      owner.reported(error)
      if let seq { ledger.fail(seq: seq, error: error, at: now) }
      sendChunks()
    case .summary(let receipt):
      self.receipt = receipt
      machine.receiptCame()
    case .started, .update, .flushed, .notice, .other: break
    }
  }

  private func answered(_ seq: Int) {
    if case .first(let latency) = ledger.transcribe(seq: seq, at: now) { owner.answered(after: latency) }
    sendChunks()
  }
}
