import Contract
import IO
import JSON
import WebSocket

/// One client of a simulation: a connection, its account and its place in the plan.
final class SimulatedClient: WebSocketClientDelegate {
  let index: Int
  private unowned let owner: SimulateCommand
  private(set) var conversation: Conversation
  private(set) var ledger = Ledger()
  private(set) var receipt: Receipt?
  private(set) var wasConnected = false
  private var connection: ClientConnection?
  private var timer: LoopTimer?
  private var beganAt: Duration?
  private var isEnding = false

  init(index: Int, owner: SimulateCommand, retries: Bool) {
    self.index = index
    self.owner = owner
    conversation = Conversation(policy: Conversation.Policy(retries: retries, resumes: false))
  }

  private var now: Duration { owner.stage.loop.now }

  func connect() { perform(conversation.begin(at: now)) }

  /// Everybody is connected: the sending begins.
  func start() {
    guard conversation.isOpen else { return }
    beganAt = now + owner.plan.offset(ofClient: index)
    pump()
  }

  func interrupt() {
    isEnding = true
    perform(conversation.interrupted(at: now))
  }

  func tick() { perform(conversation.tick(isExpecting: ledger.openChunks > 0, at: now, jitter: .random(in: 0...1))) }

  private func pump() {
    while let beganAt, let connection, conversation.isOpen {
      let decision = owner.plan.next(
        sent: ledger.sentChunks, open: ledger.openChunks, unsentBytes: connection.unsentBytes, after: now - beganAt)
      switch isEnding ? .done : decision {
      case .send:
        owner.sound.withChunk(after: ledger.sentChunks) {
          ledger.send(bytes: $0.count, at: now)
          connection.send(binary: $0)
        }
      case .wait(let due):
        timer?.cancel()
        timer = owner.stage.loop.after(beganAt + due - now) { [unowned self] in self.pump() }
        return
      case .hold: return
      case .done:
        perform(conversation.inputEnded(at: now))
        return
      }
    }
  }

  private func perform(_ step: Conversation.Step) {
    switch step {
    // It neither asks for a session nor goes on with one.
    case .nothing, .start, .resume, .goOn, .startOver: break
    case .connect: connection = owner.stage.connect(to: owner.url, delegate: self)
    case .wait(let wait), .renew(_, let wait):
      owner.stage.loop.after(wait) { [weak self] in
        guard let self else { return }
        self.perform(self.conversation.waited())
      }
    case .sendStop: connection?.send(text: ControlMessage.stop.text)
    case .endInput: perform(conversation.inputEnded(at: now))
    case .finish(let ending):
      timer?.cancel()
      connection?.drop()
      connection = nil
      owner.ended(self, ending)
    }
  }

  // MARK: - From the connection

  func opened(_ connection: ClientConnection) {
    perform(conversation.opened(at: now))
    if !wasConnected {
      wasConnected = true
      owner.settledAttempt(self)
    }
    // Back after a server that hung up before anything was sent.
    if owner.hasStarted, beganAt == nil { start() }
  }

  func failed(_ connection: ClientConnection, error: WebSocketError) {
    owner.stage.letGo(connection)
    self.connection = nil
    let refusal = Refusal(connection.refusal)
    let reason = error.words(place: owner.place, refusal: refusal)
    let step = conversation.failed(
      reason, isPermanent: error.isPermanent || refusal?.isPermanent == true, retryAfter: error.retryAfter, at: now,
      jitter: .random(in: 0...1))
    if case .wait(let wait) = step { owner.waits(for: wait, because: error) }
    perform(step)
  }

  func closed(_ connection: ClientConnection, code: Int?, reason: String) {
    owner.stage.letGo(connection)
    self.connection = nil
    perform(
      conversation.closed(
        CloseReason.text(code: code, reason: reason), code: code, hasSent: ledger.sentChunks > 0,
        isExpecting: ledger.openChunks > 0, at: now, jitter: .random(in: 0...1)))
  }

  func drained(_ connection: ClientConnection) { pump() }

  func received(_ connection: ClientConnection, text: UnsafeRawBufferPointer) {
    conversation.heard(at: now)
    switch QuickReply(scanning: text) {
    case .accepted(let seq, let size): ledger.accept(seq: seq, chunkBytes: size)
    case .transcribed(let seq): transcribed(seq)
    case .other:
      guard let value = try? JSONValue(parsing: text) else { return }
      switch Reply(value) {
      case .accepted(let seq, let size): ledger.accept(seq: seq, chunkBytes: size)
      case .transcription(let text): transcribed(text.seq)
      case .failure(let error, _, let seq):
        owner.told(error)
        if let seq { ledger.fail(seq: seq, error: error, at: now) }
        pump()
      case .summary(let receipt):
        self.receipt = receipt
        conversation.receiptCame()
      case .started, .flushed, .other: break
      }
    }
  }

  private func transcribed(_ seq: Int) {
    if case .first(let latency) = ledger.transcribe(seq: seq, at: now) { owner.answered(after: latency) }
    pump()
  }
}
