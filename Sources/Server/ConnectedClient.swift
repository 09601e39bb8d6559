import Contract
import WebSocket

/// One connected client: its connection and the accounts kept of it. Owned by the gateway, on the loop's thread.
final class ConnectedClient {
  /// Why a client's socket is not read for now; it is read when none is left.
  struct Pauses: OptionSet {
    let rawValue: UInt8
    /// It is ahead of the worker by as much as it may be.
    static let inFlight = Pauses(rawValue: 1)
    /// It does not read its replies.
    static let unread = Pauses(rawValue: 2)
    /// Its worker's queue is full.
    static let worker = Pauses(rawValue: 4)
    /// Its engine has so much of its sound to decode that more would only wait.
    static let decoding = Pauses(rawValue: 8)
    /// Memory is short and it holds more than its share.
    static let memory = Pauses(rawValue: 16)
    /// It has sent more bytes than it may in a while.
    static let rate = Pauses(rawValue: 32)
    /// Its session, on another loop, is being brought here.
    static let moving = Pauses(rawValue: 64)
  }

  /// None while its client is away and may come back.
  @exclusivity(unchecked) var connection: WebSocketConnection?
  // As in WebSocketPeer: changed several times a chunk, by calls that lead nowhere else.
  @exclusivity(unchecked) var session: Session
  let digest = StreamDigest()
  /// 128 random bits, the name of this session to its client.
  let token: String
  /// Where it comes from and whose token it showed.
  var visitor = Visitor()
  /// The worker its stream is on; none before the first chunk and after a worker died.
  @exclusivity(unchecked) var seat: Int?
  /// Whether the stream waits to be brought to the worker on its seat: nothing is sent there for it but by `recover`.
  var isMoving = false
  /// The last chunk a worker was given.
  @exclusivity(unchecked) var sent = 0
  /// What another worker would need.
  @exclusivity(unchecked) var history = History()
  /// A chunk that was alone with a worker that was killed, and how often.
  var suspicion: (seq: Int, deaths: Int)?
  /// Whether it sends faster than its sound lasts.
  @exclusivity(unchecked) var pace = SoundPace()
  /// What the gateway's budget counts for it.
  @exclusivity(unchecked) var accountedBytes = 0
  /// The receipt is out.
  var isComplete = false
  /// How often its connection broke.
  var absences = 0
  private var replies = ReplyLog()
  /// Its client was told the session's name, so it may come back.
  private(set) var isResumable = false
  /// A place from which sound is kept that was answered, and how many workers have crashed with it.
  var soundSuspicion: (place: Int, deaths: Int)?
  @exclusivity(unchecked) private(set) var pauses: Pauses = []

  init(connection: WebSocketConnection, session: Session, token: String) {
    self.connection = connection
    self.session = session
    self.token = token
  }

  var stream: UInt64 { UInt64(session.clientID) }

  func pause(_ reason: Pauses) {
    if pauses.isEmpty { connection?.pauseReading() }
    pauses.insert(reason)
  }

  func resume(_ reason: Pauses) {
    guard pauses.contains(reason) else { return }
    pauses.remove(reason)
    if pauses.isEmpty { connection?.resumeReading() }
  }

  // MARK: To the client

  func send(_ message: ServerMessage) {
    guard let subject = message.subject else {
      connection?.send(text: message.text)
      return
    }
    var text = message.text
    text.withUTF8 { send(subject, text: UnsafeRawBufferPointer($0)) }
  }

  /// A reply that a client who comes back is to get.
  func send(_ subject: ReplyLog.Subject, text: UnsafeRawBufferPointer) {
    if isResumable { replies.append(subject, text) }
    connection?.send(text: text)
  }

  // MARK: Coming back

  func becomeResumable() { isResumable = true }

  /// A connection that had more than these unread tells when it has not any more; fewer are on their way.
  private static let underWayBytes = 64 << 10

  /// Bytes of replies held: those kept for its return, and those it does not read.
  var replyBytes: Int {
    let unread = connection?.unsentBytes ?? 0
    return replies.bytes + (unread > Self.underWayBytes ? unread : 0)
  }

  func hasReplies(backTo answered: Int) -> Bool { replies.reaches(backTo: answered) }

  func isBack(on connection: WebSocketConnection) {
    self.connection = connection
    pauses.remove(.unread)
    // What came before on this connection may have had it paused.
    if pauses.isEmpty { connection.resumeReading() } else { connection.pauseReading() }
  }

  /// It goes to another loop: what it waited for here does not come any more.
  func leavesLoop() {
    pauses = []
    seat = nil
  }

  func repeatReplies(after answered: Int) {
    replies.visit(after: answered) { connection?.send(text: $0) }
  }
}

extension ServerMessage {
  /// What a client who comes back is to get again, about this; nil for what it isn't.
  fileprivate var subject: ReplyLog.Subject? {
    switch self {
    case .failure(_, _, let seq?): .chunk(seq: seq)
    case .flushed(let seq): .ending(seq: seq)
    case .summary(let receipt): .ending(seq: receipt.chunks)
    default: nil
    }
  }
}
