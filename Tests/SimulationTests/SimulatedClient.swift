import Contract
import JSON

@testable import Server

/// A client that keeps its audio until it is settled, comes back when its connection breaks, and begins a new session
/// when its old one is lost. It speaks the service's own protocol, and checks every message that it gets.
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
  /// Whether chunks may fail that end no worker.
  var mayFail = false
  /// Whether it sends more behind its request for the session, if it knows by the answers what comes next.
  var isHasty = false
  /// Chunks that are recorded at most.
  var limit = Int.max
  /// Whether a gateway has said that words are missing.
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
  /// Sessions that were begun because the one before could not go on.
  private(set) var begunAnew = 0

  /// What it knows of its session. Numbers of chunks are those within the session.
  private struct CurrentSession {
    /// The gateway that it was at last.
    var gateway: SimulatedGateway?
    /// Nil before it has started.
    var name: String?
    /// Chunks before it.
    var base = 0
    var answered = 0
    var failed = 0
    var segment = 0
    var settled = SettledMessage(seq: 0)
    /// Chunks after which it asked for the rest of the words: the answer is that to the chunk once more.
    var endings: Set<Int> = []
    var isStopped = false
    /// The last chunk of its request, if more was sent behind that.
    var hastySeq: Int?
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

  /// Chunks of the session that were answered, and those of them that failed.
  var answered: Int { session.answered }
  var failed: Int { session.failed }
  /// Whether it has the session, and may send.
  var isReady: Bool { session.isReady }

  private func bytes(of chunk: Int) -> ArraySlice<UInt8> { audio[(chunk > 1 ? ends[chunk - 2] : 0)..<ends[chunk - 1]] }

  /// The next chunk is recorded after a while, or many at once.
  private func record() {
    guard recorded < ends.count else { return }
    clock.after(clock.happens(oneIn: 10) ? 0 : clock.draw(in: 5_000..<90_000)) { [self] in
      if recorded < limit {
        recorded += 1
        send()
      }
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
    session.gateway = target
    guard let name = session.name else { return begin() }
    clock.note("client \(number) returns to \(target.machine) with \(session.answered) answers")
    tell([
      "type": .string("start"), "resume": .string(name), "answered": .number(session.answered),
      "segment": .number(session.segment),
    ])
    session.hastySeq = isHasty && sent == session.base + session.answered ? session.answered : nil
    guard session.hastySeq != nil else { return }
    session.isReady = true
    send()
  }

  private func tell(_ members: KeyValuePairs<String, JSONValue>) {
    let message = JSONValue.object(members.map { JSONValue.Member(key: $0.key, value: $0.value) })
    connection?.send(.text(Array(message.text.utf8)))
  }

  private func connect(after pause: Int) { clock.after(pause) { [self] in connect() } }

  private func disconnected() {
    clock.note("client \(number) has lost its connection")
    connection = nil
    session.isReady = false
    connect(after: clock.draw(in: 5_000..<400_000))
  }

  /// A new session with what was not settled in the last one.
  private func begin() {
    let settled = session.settled
    session = CurrentSession(gateway: session.gateway, base: session.base + settled.seq)
    if mayFail { heard = audio }
    session.settled = SettledMessage(seq: 0, frames: settled.frames, isOpen: settled.isOpen)
    sent = session.base
    tell([
      "type": .string("start"), "engine": .string(isContinuous ? SimulatedSpeech.engine : "mock"),
      "updates": .bool(isContinuous), "settled_frames": .number(isContinuous ? settled.frames : 0),
      "settled_open": .bool(isContinuous && settled.isOpen),
    ])
  }

  private func send() {
    guard let connection, session.isReady, !session.isStopped else { return }
    while sent < recorded {
      sent += 1
      connection.send(.binary(Array(bytes(of: sent))))
      if !isContinuous, clock.happens(oneIn: 40) { end("flush") }
    }
    if sent == ends.count {
      session.isStopped = true
      end("stop")
    }
  }

  private func end(_ type: String) {
    session.endings.insert(sent - session.base)
    tell(["type": .string(type)])
  }

  /// The connection breaks, with what is on it.
  func breakConnection() { connection?.breakDown() }

  // MARK: From the server

  private func receive(_ frame: SimulatedFrame) {
    switch frame {
    case .close(let code):
      connection?.finish(code: code)
      if !isDone { disconnected() }
    case .binary: clock.fail("client \(number): a binary message")
    case .text(let bytes):
      guard let value = try? JSONValue(parsing: bytes) else { return clock.fail("client \(number): no JSON") }
      if let settled = SettledMessage(value), settled.seq >= session.settled.seq { session.settled = settled }
      if value["type"]?.string == "update" { return show(value) }
      guard let message = ServerMessage(value) else { return clock.fail("client \(number): \(value.text)") }
      receive(message)
    }
  }

  private func receive(_ message: ServerMessage) {
    switch message {
    case .started(_, let name, _, nil):
      sessions += 1
      clock.note("client \(number) has session \(sessions), \(name), after chunk \(session.base)")
      session.name = name
      session.isReady = true
      send()
    case .started(_, let name, _, let seq?):
      clock.check(name == session.name, "client \(number): another session than its own")
      clock.check(seq >= session.answered, "client \(number): fewer chunks received than answered")
      if seq == session.hastySeq { return }
      sent = session.base + seq
      session.isReady = true
      session.isStopped = false
      send()
    case .transcription(let reply): answered(reply.seq)
    case .failure(_, _, let seq?):
      answered(seq)
      failed(session.base + seq)
    case .failure(let error, nil, nil): refused(error)
    case .flushed(let seq, _):
      clock.check(seq <= session.answered, "client \(number): flushed before the answers")
    case .summary(let receipt): finish(receipt)
    // Then the connection is closed.
    case .failure: break
    case .accepted, .notice, .pong: break
    }
  }

  private func answered(_ seq: Int) {
    if seq == session.answered, session.endings.contains(seq), !isContinuous { return }
    clock.check(
      seq == session.answered + 1,
      "client \(number): the answer to chunk \(seq) came after that to \(session.answered)")
    session.answered = seq
    clock.check(session.base + seq <= sent, "client \(number): an answer to a chunk that was not sent")
  }

  private func refused(_ error: String) {
    // Messages that it repeats after its return may be known.
    guard error.hasPrefix("resume: "), !session.isReady else { return }
    clock.note("client \(number) begins anew: \(error)")
    begunAnew += 1
    begin()
  }

  private func failed(_ chunk: Int) {
    session.failed += 1
    clock.check(chunk == poison || mayFail, "client \(number): chunk \(chunk) failed, which ends no worker")
    let start = chunk > 1 ? ends[chunk - 2] : 0
    for place in start..<ends[chunk - 1] { heard[place] = 0 }
  }

  /// A text is final: the undisturbed one, each once in a session.
  private func show(_ update: JSONValue) {
    guard update["final"] == .bool(true), let segment = update["segment"]?.integer else { return }
    clock.check(
      segment == session.segment + 1, "client \(number): segment \(segment) came after segment \(session.segment)")
    session.segment = segment
    guard isContinuous, !missesWords else { return }
    let text = (update["transcription"]?.string ?? "").split(separator: " ").compactMap { Int($0) }
    guard text.count == 3 else { return clock.fail("client \(number): \(update.text)") }
    let before = session.base > 0 ? ends[session.base - 1] / SimulatedSpeech.frameBytes : 0
    let (start, end) = (before + text[0], before + text[1])
    guard start <= end, end <= frames else { return clock.fail("client \(number): a text beyond the audio") }
    let said = heard[start * SimulatedSpeech.frameBytes..<end * SimulatedSpeech.frameBytes]
    clock.check(
      start % SimulatedSpeech.segmentFrames == 0 && text[2] == SimulatedSpeech.text(said),
      "client \(number): other words in frames \(start) to \(end) than undisturbed")
    clock.check(start <= shownFrames, "client \(number): no text for frames \(shownFrames) to \(start)")
    shownFrames = max(shownFrames, end)
  }

  private func finish(_ receipt: Receipt) {
    let own = ends.count - session.base
    clock.check(
      receipt.chunks == own && receipt.chunks == receipt.processed + receipt.dropped
        && receipt.dropped == session.failed && session.answered == receipt.chunks,
      "client \(number): receipt \(receipt) for \(own) chunks, of which \(session.failed) failed")
    let digest = StreamDigest()
    let start = session.base > 0 ? ends[session.base - 1] : 0
    Array(audio[start...]).withUnsafeBytes { digest.update($0) }
    clock.check(receipt.sha256 == digest.hexadecimal, "client \(number): the digest is of other bytes")
    if isContinuous {
      clock.check(
        receipt.segments?.count == session.segment, "client \(number): \(receipt) after segment \(session.segment)")
      clock.check(missesWords || shownFrames == frames, "client \(number): no text for the end of the audio")
    }
    clock.check(poison == nil || session.failed > 0 || session.base >= poison ?? 0, "client \(number): poison passed")
    isDone = true
    clock.note("client \(number) is done after \(sessions) sessions")
  }

  /// Whether the session of this name is its own.
  func has(_ name: String) -> Bool { session.name == name }
}
