@testable import Server
@testable import Streams

/// A client that keeps its audio until it is settled, comes back when its connection breaks, and begins a new session
/// when its old one is lost. It checks every message that it gets.
final class SimulatedClient {
  let number: Int
  private let clock: SimulatedClock
  private let isContinuous: Bool
  /// A gateway for this client, which has a session at one.
  private let gateway: (SimulatedGateway?) -> SimulatedGateway?
  private var audio: [UInt8] = []
  /// The same with zeros for the chunks that failed: what is recognized.
  private var heard: [UInt8] = []
  /// The chunk that ends workers.
  private let poison: Int?
  /// Whether the gateway has said that words are missing.
  var missesWords = false
  /// Where each chunk ends.
  private var ends: [Int] = []
  private var connection: SimulatedSocket?
  /// Chunks that have been recorded by now, and as many as were sent over this connection.
  private var recorded = 0
  private var sent = 0
  private var session = CurrentSession()
  /// Frames up to here have been shown as text.
  private var shownFrames = 0
  private(set) var isDone = false
  private(set) var sessions = 0

  /// What it knows of its session. Numbers of chunks are those within the session.
  private struct CurrentSession {
    /// Where it is, and its number there; nil before it has started.
    var gateway: SimulatedGateway?
    var number: Int?
    /// Chunks before it.
    var base = 0
    var answered = 0
    var failed = 0
    var segment = 0
    var settled = Settled()
    var isStopped = false
    /// Whether the client may send.
    var isReady = false
  }

  init(
    _ number: Int, isContinuous: Bool, chunks: Int, poison: Int? = nil, _ clock: SimulatedClock,
    gateway: @escaping (SimulatedGateway?) -> SimulatedGateway?
  ) {
    self.number = number
    self.clock = clock
    self.isContinuous = isContinuous
    self.gateway = gateway
    self.poison = poison
    for chunk in 1...chunks {
      // A mock's chunks may end within a frame.
      let bytes = isContinuous ? 2 * clock.draw(in: 2..<150) : clock.draw(in: 1..<300)
      let isPoison = chunk == poison
      if isPoison { audio += SimulatedSpeech.poison }
      for _ in (isPoison ? SimulatedSpeech.poison.count : 0)..<bytes {
        audio.append(UInt8(truncatingIfNeeded: clock.draw(256)))
      }
      ends.append(audio.count)
    }
    heard = audio
    record()
    clock.after(clock.draw(500_000)) { [self] in connect() }
  }

  private var frames: Int { audio.count / SimulatedSpeech.frameBytes }

  private func bytes(of chunk: Int) -> ArraySlice<UInt8> { audio[(chunk > 1 ? ends[chunk - 2] : 0)..<ends[chunk - 1]] }

  /// The next chunk is recorded after a while, or many at once.
  private func record() {
    guard recorded < ends.count else { return }
    clock.after(clock.happens(oneIn: 10) ? 0 : clock.draw(in: 5_000..<90_000)) { [self] in
      recorded += 1
      send()
      record()
    }
  }

  // MARK: Connections

  private func connect() {
    guard !isDone else { return }
    guard let target = gateway(session.gateway) else { return connect(after: 200_000) }
    let socket = SimulatedSocket(clock) { [unowned self] in
      receive($0)
    } ended: { [unowned self] in
      disconnected()
    }
    connection = socket
    target.accept(socket)
    session.isReady = false
    if let number = session.number, session.gateway === target {
      socket.send(.resume(session: number, answered: session.answered, segment: session.segment))
    } else {
      begin(at: target)
    }
  }

  private func connect(after pause: Int) { clock.after(pause) { [self] in connect() } }

  private func disconnected() {
    connection = nil
    session.isReady = false
    connect(after: clock.draw(in: 5_000..<400_000))
  }

  /// A new session with what was not settled in the last one.
  private func begin(at target: SimulatedGateway) {
    sessions += 1
    let settled = session.settled
    session = CurrentSession(gateway: target, base: session.base + settled.seq)
    session.settled = Settled(seq: 0, frames: settled.frames, isOpen: settled.isOpen)
    connection?.send(.start(self, isContinuous: isContinuous, settled: isContinuous ? session.settled : Settled()))
    sent = session.base
    clock.note("client \(number) begins session \(sessions) after chunk \(session.base)")
  }

  private func send() {
    guard let connection, session.isReady, !session.isStopped else { return }
    while sent < recorded {
      sent += 1
      connection.send(.chunk(Array(bytes(of: sent))))
      if !isContinuous, clock.happens(oneIn: 40) { connection.send(.flush) }
    }
    if sent == ends.count {
      session.isStopped = true
      connection.send(.stop)
    }
  }

  /// The connection breaks, with what is on it.
  func breakConnection() { connection?.breakDown() }

  // MARK: From the server

  private func receive(_ bytes: [UInt8]) {
    let message = bytes.withUnsafeBytes { SimulatedMessage($0) }
    let values = message.values
    if message.settled.count == 3, message.settled[0] >= session.settled.seq {
      session.settled = Settled(
        seq: message.settled[0], frames: message.settled[1], isOpen: message.settled[2] != 0)
    }
    switch message.kind {
    case .started:
      session.number = values[0]
      session.isReady = true
      send()
    case .resumed:
      clock.check(values[0] >= session.answered, "client \(number): fewer chunks received than answered")
      sent = session.base + values[0]
      session.isReady = true
      session.isStopped = false
      send()
    case .answer, .failed:
      clock.check(
        values[0] == session.answered + 1,
        "client \(number): the answer to chunk \(values[0]) came after that to \(session.answered)")
      session.answered = values[0]
      if message.kind == .failed { failed(session.base + values[0]) }
      clock.check(session.base + values[0] <= sent, "client \(number): an answer to a chunk that was not sent")
    case .final: show(values)
    case .flushed: clock.check(values[0] <= session.answered, "client \(number): flushed before the answers")
    case .receipt: finish(values)
    case .unknownSession: if let target = session.gateway { begin(at: target) }
    }
  }

  private func failed(_ chunk: Int) {
    session.failed += 1
    clock.check(chunk == poison, "client \(number): chunk \(chunk) failed, which ends no worker")
    let start = chunk > 1 ? ends[chunk - 2] : 0
    for place in start..<ends[chunk - 1] { heard[place] = 0 }
  }

  /// A text is final: the undisturbed one, each once in a session.
  private func show(_ values: [Int]) {
    clock.check(
      values[0] == session.segment + 1,
      "client \(number): segment \(values[0]) came after segment \(session.segment)")
    session.segment = values[0]
    guard isContinuous, !missesWords else { return }
    let before = session.base > 0 ? ends[session.base - 1] / SimulatedSpeech.frameBytes : 0
    let (start, end) = (before + values[1], before + values[2])
    guard start <= end, end <= frames else { return clock.fail("client \(number): a text beyond the audio") }
    let said = heard[start * SimulatedSpeech.frameBytes..<end * SimulatedSpeech.frameBytes]
    clock.check(
      start % SimulatedSpeech.segmentFrames == 0 && values[3] == SimulatedSpeech.text(said),
      "client \(number): other words in frames \(start) to \(end) than undisturbed")
    clock.check(start <= shownFrames, "client \(number): no text for frames \(shownFrames) to \(start)")
    shownFrames = max(shownFrames, end)
  }

  private func finish(_ values: [Int]) {
    let (chunks, processed, dropped) = (values[0], values[1], values[2])
    let own = ends.count - session.base
    clock.check(
      chunks == own && chunks == processed + dropped && dropped == session.failed && session.answered == chunks,
      "client \(number): receipt \(values) for \(own) chunks, of which \(session.failed) failed")
    let digest = StreamDigest()
    let start = session.base > 0 ? ends[session.base - 1] : 0
    Array(audio[start...]).withUnsafeBytes { digest.update($0) }
    clock.check(
      values[4] == SimulatedMessage.number(digest.hexadecimal), "client \(number): the digest is of other bytes")
    if isContinuous {
      clock.check(values[3] == session.segment, "client \(number): \(values[3]) segments in the receipt")
      clock.check(missesWords || shownFrames == frames, "client \(number): no text for the end of the audio")
    }
    clock.check(poison == nil || session.failed > 0 || session.base >= poison ?? 0, "client \(number): poison passed")
    isDone = true
    connection?.send(.close)
    clock.note("client \(number) is done after \(sessions) sessions")
  }
}

/// The connection of a client with a gateway.
final class SimulatedSocket {
  private let clock: SimulatedClock
  /// To the gateway; set by it.
  var toGateway: SimulatedPipe<SimulatedRequest>?
  private var toClient: SimulatedPipe<[UInt8]>?
  private let ended: () -> Void
  /// The gateway learns that the connection is over.
  var onEnd: () -> Void = {}
  private(set) var isOpen = true

  init(_ clock: SimulatedClock, receive: @escaping ([UInt8]) -> Void, ended: @escaping () -> Void) {
    self.clock = clock
    self.ended = ended
    toClient = SimulatedPipe(clock) { [unowned self] in if isOpen { receive($0) } }
  }

  func send(_ request: SimulatedRequest) { if isOpen { toGateway?.send(request) } }
  func reply(_ message: [UInt8]) { if isOpen { toClient?.send(message) } }

  /// It is over, with everything on it; both sides learn it soon.
  func breakDown() {
    guard isOpen else { return }
    isOpen = false
    toGateway?.cut()
    toClient?.cut()
    clock.after(clock.draw(in: 100..<5_000)) { [self] in ended() }
    clock.after(clock.draw(in: 100..<5_000)) { [self] in onEnd() }
  }

  func hold(until end: Int) {
    toGateway?.hold(until: end)
    toClient?.hold(until: end)
  }
}
