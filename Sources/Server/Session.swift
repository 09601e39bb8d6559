import Audio
import Dialects
import Recognition
import Streams
import Web

/// What happens on sessions' connections is carried out by their owner.
protocol SessionOwner: AnyObject {
  func opened(_ session: Session, on connection: any SessionConnection)
  /// Engines as the workers have reported them.
  var engines: EngineList { get }
  /// A message of so many bytes was read; nil if the dialect has answered it.
  func received(_ event: ClientEvent?, of bytes: Int, from session: Session)
  func drained(_ session: Session)
  /// Its client has asked for things that mean nothing here.
  func ignored(_ names: [String], of session: Session)
  func inputEnded(_ connection: any SessionConnection, of session: Session, code: Int?)
  func closed(_ connection: any SessionConnection, of session: Session, code: Int?)
}

/// A stream with its dialect and, while there is one, its connection. Owned by its gateway, on the loop's thread.
final class Session: DialectOutput {
  // Changed several times a chunk, by calls that lead nowhere else: checks took 1,540 instructions, beside 7,900 for
  // all else.
  @exclusivity(unchecked) var stream: StreamSession
  /// The client of the present connection, or of the last one.
  var client: ClientIdentity
  let name: SessionName
  let policy: DialectPolicy
  /// Nil before its first chunk.
  var digest: StreamDigest?
  @exclusivity(unchecked) var copies = Copies()
  var admission = SpeechAdmission.undecided
  /// For reports.
  @exclusivity(unchecked) var figures = SessionFigures()
  @exclusivity(unchecked) var dialect: any SessionDialect
  @exclusivity(unchecked) private(set) var connection: (any SessionConnection)?
  /// Subject of the messages that are being written; nil where none is kept for a returning client.
  @exclusivity(unchecked) private var subject: StreamEvent.Subject?

  /// The gateway of the loop it is on.
  var owner: any SessionOwner

  init(
    _ stream: consuming StreamSession, _ dialect: any SessionDialect, as identity: SessionIdentity,
    client: ClientIdentity, on owner: any SessionOwner, digest: StreamDigest? = nil
  ) {
    self.digest = digest
    self.owner = owner
    self.stream = stream
    self.dialect = dialect
    name = identity.name
    self.client = client
    policy = type(of: dialect).policy
  }

  /// Its copies elsewhere.
  struct Copies {
    private var entry: JournalEntry?
    /// Made when it is first asked for: few servers have a journal.
    var journal: JournalEntry {
      mutating get {
        let entry = entry ?? JournalEntry()
        self.entry = entry
        return entry
      }
    }
    /// Nil: its stream is on no worker at a broker, or it can't be resumed.
    var mirror: SessionMirror?
  }

  var id: UInt64 { stream.id.number }
  /// The same, as its client is told.
  var clientID: Int { Int(truncatingIfNeeded: id) }
  /// Bytes of messages that the client has not read.
  var unreadBytes: Int { connection?.unsentBytes ?? 0 }

  // MARK: The connection

  func attach(_ connection: any SessionConnection) {
    self.connection = connection
    connection.holder = self
  }

  /// Gives up the connection without closing it.
  func detach() -> (any SessionConnection)? {
    defer { connection = nil }
    return connection
  }

  /// The gateway sees that the old connection is dead before the network does.
  func dropConnection() { detach()?.drop() }

  // MARK: Messages

  /// A chunk got a number: the digest covers it.
  func extendDigest(by audio: UnsafeRawBufferPointer) {
    if digest == nil { digest = StreamDigest() }
    digest?.update(audio)
  }

  /// Has the dialect write the messages for an event.
  func emit(_ event: StreamEvent) {
    switch event {
    case .receipt(var receipt):
      receipt.sha256 = (digest ?? StreamDigest()).hexadecimal
      if let bytes = digest?.wholeBytes { receipt.totals.bytes = bytes }
      write(.receipt(receipt))
    default: write(event)
    }
  }

  private func write(_ event: StreamEvent) {
    subject = stream.lifetime.isResumable ? event.subject : nil
    dialect.write(event, to: self)
    subject = nil
  }

  func send(text: UnsafeRawBufferPointer) {
    if let subject { stream.record(text, about: subject) }
    connection?.send(text: text)
  }

  func send(textUpTo bytes: Int, mayWait: Bool, _ write: (UnsafeMutableRawBufferPointer) -> Int) {
    guard subject != nil, !mayWait else {
      connection?.send(textUpTo: bytes, mayWait: mayWait, write)
      return
    }
    withUnsafeTemporaryAllocation(byteCount: bytes, alignment: 1) { memory in
      let count = write(memory)
      send(text: UnsafeRawBufferPointer(rebasing: memory[..<count]))
    }
  }

  func send(_ part: ResponsePart) { connection?.send(part) }

  func close(code: Int, reason: String) { connection?.close(code: code, reason: reason) }

  func ignored(_ names: [String]) {
    let news = figures.ignored.take(names)
    if !news.isEmpty { owner.ignored(news, of: self) }
  }

  /// Sends the logged messages that a returning client lacks.
  func repeatMessages(answered: Int, segment: Int) {
    stream.repeatMessages(answered: answered, segment: segment) { connection?.send(text: $0) }
  }
}

extension Session: AudioReceiver {
  func received(_ message: ClientMessage, bytes: Int) {
    guard !stream.account.hasEnded else { return }
    owner.received(dialect.receive(message, owner.engines, to: self), of: bytes, from: self)
  }

  func drained() { owner.drained(self) }

  func closed(_ connection: any SessionConnection, code: Int?) { owner.closed(connection, of: self, code: code) }
}

extension Session: WebSocketHandler {
  func opened(_ connection: WebSocketConnection) { owner.opened(self, on: connection) }

  func received(_ bytes: UnsafeRawBufferPointer, kind: MessageKind, on peer: WebSocketPeer) {
    received(kind == .binary ? .binary(bytes) : .text(bytes), bytes: bytes.count)
  }

  func failed(_ connection: WebSocketConnection, fault: ConnectionFault) { emit(.closing(fault.closeReason)) }
  func drained(_ connection: WebSocketConnection) { owner.drained(self) }
  func inputEnded(_ connection: WebSocketConnection, code: Int?) {
    owner.inputEnded(connection, of: self, code: code)
  }
  func closed(_ connection: WebSocketConnection, code: Int?) { owner.closed(connection, of: self, code: code) }
}

extension ConnectionFault {
  fileprivate var closeReason: CloseReason {
    switch self {
    case .messageTooLarge(let isText, let limit): .messageTooLarge(isText: isText, limitBytes: limit)
    case .invalidUTF8: .invalidUTF8
    case .slowReader: .slowReader
    case .memoryShort(let bytes): .memoryShort(bytes: bytes)
    }
  }
}
