import WebSocket
import Wire

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
  }

  let connection: WebSocketConnection
  var session: Session
  let digest = StreamDigest()
  /// 128 random bits, the name of this session to its client.
  let token: String
  /// The worker its stream is on; none before the first chunk and after a worker died.
  var seat: Int?
  /// Whether the stream waits to be brought to the worker on its seat: nothing is sent there for it but by `recover`.
  var isMoving = false
  /// The last chunk a worker was given.
  var sent = 0
  /// What another worker would need.
  var history = History()
  /// A chunk that was alone with a worker that was killed, and how often.
  var suspicion: (seq: Int, deaths: Int)?
  private(set) var pauses: Pauses = []

  init(connection: WebSocketConnection, session: Session, token: String) {
    self.connection = connection
    self.session = session
    self.token = token
  }

  var stream: UInt64 { UInt64(session.clientID) }

  func pause(_ reason: Pauses) {
    if pauses.isEmpty { connection.pauseReading() }
    pauses.insert(reason)
  }

  func resume(_ reason: Pauses) {
    guard pauses.contains(reason) else { return }
    pauses.remove(reason)
    if pauses.isEmpty { connection.resumeReading() }
  }

  func send(_ message: ServerMessage) { connection.send(text: message.text) }
}
