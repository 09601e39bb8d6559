import Dialects
import IO
import Recognition
import Streams
import Web

/// Carries out what happens on a client's connection.
protocol WyomingOwner: AnyObject {
  var loop: EventLoop { get }
  var engines: EngineList { get }
  /// A trusted balancer says whose connection it is.
  func proxied(_ connection: WyomingConnection, for address: ClientAddress)
  /// A recording begins.
  func open(
    _ request: StreamRequest, language: String?, ignored: [String], on connection: WyomingConnection
  ) throws(WyomingProblem)
  func received(_ event: ClientEvent?, of bytes: Int, from session: Session)
  func drained(_ session: Session)
  func held(_ before: Int, now after: Int)
  /// The session has said everything.
  func finished(_ session: Session, on connection: WyomingConnection)
  func ended(_ connection: WyomingConnection, session: Session?)
}

/// The TCP connection of a Wyoming client. It has a session while it records, and until that has its transcript.
final class WyomingConnection: ByteStreamDelegate {
  var peer: String
  var client: ClientIdentity
  private let stream: ByteStream
  private unowned let owner: any WyomingOwner
  private var reader = WyomingReader()
  private var turns = WyomingProtocol()
  weak var holder: AnyObject?
  private var isPaused = false
  /// Nothing is read any more.
  private var isOver = false
  private var hasInputEnded = false
  /// As the memory budget knows it.
  private var heldBytes = 0 { didSet { owner.held(oldValue, now: heldBytes) } }
  /// Since when nothing has come.
  private var silentSince: Duration

  private static let patience = Duration.seconds(30)

  init(_ stream: ByteStream, peer: String, client: ClientIdentity, owner: any WyomingOwner) {
    self.stream = stream
    self.peer = peer
    self.client = client
    self.owner = owner
    silentSince = owner.loop.now
    stream.delegate = self
  }

  private var session: Session? { holder as? Session }

  // MARK: From the client

  func stream(_ stream: ByteStream, isFrom client: ClientAddress) { owner.proxied(self, for: client) }

  func stream(_ stream: ByteStream, received bytes: UnsafeMutableRawBufferPointer) {
    guard !isOver else { return }
    silentSince = owner.loop.now
    reader.append(UnsafeRawBufferPointer(bytes))
    readEvents()
  }

  private func readEvents() {
    do throws(WyomingProblem) {
      while !isHeld, !isOver, let event = try reader.next() {
        for action in turns.receive(event, owner.engines) { try perform(action) }
      }
    } catch {
      refuse(error)
    }
    heldBytes = reader.heldBytes + (turns.next?.bytes.count ?? 0) + (isBehind ? stream.unsentBytes : 0)
    if !isOver { stream.isReadingPaused = isHeld }
    if hasInputEnded, !isHeld { endInput() }
  }

  private func perform(_ action: WyomingProtocol.Action) throws(WyomingProblem) {
    switch action {
    case .send(let event): stream.queue(copyOf: event.bytes)
    case .open(let request, let language):
      try owner.open(request, language: language, ignored: turns.ignored, on: self)
    case .audio(let bytes): bytes.withUnsafeBytes { deliver(.binary($0), bytes: $0.count) }
    case .stop: deliver(.text(UnsafeRawBufferPointer(start: nil, count: 0)), bytes: 0)
    case .close: finish()
    }
  }

  private func deliver(_ message: ClientMessage, bytes: Int) {
    guard let session else { return }
    owner.received(session.dialect.receive(message, owner.engines, to: session), of: bytes, from: session)
  }

  private func refuse(_ problem: WyomingProblem) {
    stream.queue(copyOf: WyomingEvent.error(problem).bytes)
    finish()
  }

  /// Ends after everything sent; what else has come is not read.
  private func finish() {
    isOver = true
    stream.finish()
  }

  /// So much of what was sent is not read that no more is to be made.
  private var isBehind: Bool { stream.unsentBytes > ByteStream.lowWaterBytes }
  /// Whether events are to wait. After a recording its session does not matter: none of them is for it.
  private var isHeld: Bool { isBehind || (turns.isAwaiting ? turns.next != nil : isPaused) }
  /// Whether it is the client's turn.
  private var awaitsClient: Bool { !isHeld && !turns.isAwaiting }

  func streamInputEnded(_ stream: ByteStream) {
    hasInputEnded = true
    if !isHeld { endInput() }
  }

  private func endInput() {
    perform(turns.inputEnded())
  }

  private func perform(_ actions: [WyomingProtocol.Action]) {
    do throws(WyomingProblem) {
      for action in actions { try perform(action) }
    } catch {
      refuse(error)
    }
  }

  func streamDrained(_ stream: ByteStream) {
    if let session { owner.drained(session) }
    readEvents()
  }

  func stream(_ stream: ByteStream, ended: StreamEnd) {
    heldBytes = 0
    owner.ended(self, session: session)
  }
}

extension WyomingConnection: RawConnection {
  func checkPatience() {
    let isStuck = reader.heldBytes > 0 && awaitsClient
    let isAbandoned = session != nil && awaitsClient
    let isUnread = stream.blockedSince.map { owner.loop.now - $0 >= Self.patience } ?? false
    guard isUnread || (isStuck || isAbandoned) && owner.loop.now - silentSince >= Self.patience else { return }
    stream.drop()
  }

  func shutDown() { if session == nil { finish() } }
}

extension WyomingConnection: SessionConnection {
  var unsentBytes: Int { stream.unsentBytes }

  func pauseReading() {
    isPaused = true
    stream.isReadingPaused = isHeld
  }

  func resumeReading() {
    isPaused = false
    // In a round of its own: the session may be in the middle of something.
    owner.loop.after(.zero) { [weak self] in self?.readEvents() }
  }

  func drop() { stream.drop() }

  func send(text: UnsafeRawBufferPointer) { stream.queue(copyOf: Array(text)) }
  func send(textUpTo bytes: Int, mayWait: Bool, _ write: (UnsafeMutableRawBufferPointer) -> Int) {
    withUnsafeTemporaryAllocation(byteCount: bytes, alignment: 1) { memory in
      send(text: UnsafeRawBufferPointer(rebasing: memory[..<write(memory)]))
    }
  }

  /// The session is over; the connection stays for the next recording, unless the server does not want one.
  func close(code: Int, reason: String) {
    owner.loop.after(.zero) { [weak self] in
      guard let self, let session else { return }
      owner.finished(session, on: self)
      holder = nil
      guard code == 1000 else { return finish() }
      perform(turns.transcribed(owner.engines))
      readEvents()
    }
  }
}
