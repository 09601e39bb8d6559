public import Audio
public import Recognition
public import Streams
public import Web

/// Speaks with a session's client: messages in, events of the stream out. One value a session.
///
/// It decides nothing about streams. It reads messages, and words what the stream reports.
public protocol SessionDialect: SendableMetatype {
  static var policy: DialectPolicy { get }

  /// The connection is open.
  mutating func opened(to output: any DialectOutput)
  /// Reads one message. What needs no stream is answered at once; the rest is returned.
  /// - Parameter engines: copied only where they matter, which is not for audio.
  mutating func receive(
    _ message: ClientMessage, _ engines: @autoclosure () -> EngineList, to output: any DialectOutput
  ) -> ClientEvent?
  /// The oldest message that was a part of a file went to its decoder: audio comes in chunks of their own from here on.
  mutating func tookFile(to output: any DialectOutput)
  /// Writes the messages for an event, if it has any; closes the connection for `closing`.
  mutating func write(_ event: StreamEvent, to output: any DialectOutput)
  /// Writes what a server that starts anew needs for the session; nothing where sessions can't be resumed.
  func write(state: inout StateWriter)
}

extension SessionDialect {
  // In most protocols the client speaks first.
  public mutating func opened(to output: any DialectOutput) {}
  public mutating func tookFile(to output: any DialectOutput) {}
  public func write(state: inout StateWriter) {}
}

/// A protocol on WebSockets.
public protocol Dialect: SessionDialect {
  /// Whether a request for this path opens a stream of this dialect.
  static func serves(_ path: String) -> Bool
  /// The kind of stream a request asks for.
  static func open(_ request: HTTPRequest, _ engines: EngineList) throws(Rejection) -> Opening
  /// Puts a rejection into the dialect's form.
  static func rejection(_ reason: RejectionReason) -> Rejection
  /// For a client that can't see the response to a refused upgrade, as its request says: what it is told on a WebSocket
  /// that is opened for that, and closed. Nil: it is sent the response.
  static func socketRefusal(of rejection: Rejection, to request: HTTPRequest) -> SocketRefusal?

  /// The session of this name as it was written.
  init(state: inout StateReader, as identity: SessionIdentity) throws(StateError)
}

extension Dialect {
  public static func socketRefusal(of rejection: Rejection, to request: HTTPRequest) -> SocketRefusal? { nil }

  public init(state: inout StateReader, as identity: SessionIdentity) throws(StateError) { throw StateError() }
}

/// Properties of all streams of a dialect, in an object that its sessions share.
public final class DialectPolicy: Sendable {
  /// Where a request may carry an access token, in order of precedence.
  public enum Credential: Equatable, Sendable {
    /// `Authorization: SCHEME TOKEN`, the scheme in lowercase.
    case authorization(scheme: String)
    case query(String)
    /// An offered subprotocol with this prefix.
    case subprotocol(prefix: String)
    /// `Authorization: TOKEN`, with one of these schemes in lowercase before it, or with none.
    case bareAuthorization(schemes: [String])
    case header(String)
    /// The subprotocol offered after one of these words.
    case subprotocolAfter([String])

    /// Where clients of other services carry their keys.
    public static let customary: [Credential] = [
      .bareAuthorization(schemes: ["bearer", "token"]), .header("x-api-key"), .query("token"), .query("jwt"),
      .subprotocolAfter(subprotocolWords),
    ]

    static let subprotocolWords = ["token", "bearer"]
  }

  /// Name of the protocol's service in reports, logs and flags.
  public let name: String
  /// Whether each chunk is acknowledged on arrival.
  public let acknowledges: Bool
  /// Whether a client may take its session up again on a new connection.
  public let isResumable: Bool
  /// The largest text message.
  public let textLimitBytes: Int
  public let credentials: [Credential]
  /// Longest silence of a client; nil: as long as its connection lives.
  public let patience: Duration?

  public init(
    name: String, acknowledges: Bool, isResumable: Bool, textLimitBytes: Int, credentials: [Credential],
    patience: Duration? = nil
  ) {
    self.name = name
    self.acknowledges = acknowledges
    self.isResumable = isResumable
    self.textLimitBytes = textLimitBytes
    self.credentials = credentials
    self.patience = patience
  }
}

/// A stream as its client's request asked for it.
public struct Opening {
  public var request: StreamRequest
  /// The client is to take up an earlier session, and says so in advance.
  public var isReturning: Bool
  /// The subprotocol that is agreed to, one of those offered; nil: none.
  public var subprotocol: String?
  /// Further headers of the response.
  public var headers: (SessionName) -> [HTTPResponse.Header] = { _ in [] }
  /// Names of what was asked for and means nothing here.
  public var ignored: [String] = []
  /// For channels that are recognized apart; nil: they are mixed, and `dialect` is for the whole.
  public var channels: Channels?

  /// Channels that are recognized apart: each is a stream of its own.
  public struct Channels {
    /// Of all of them together; nil: the header of a WAV file says.
    public var format: AudioFormat?
    /// Makes the dialects' values of so many channels of one client.
    public var dialects: (SessionIdentity, Int) -> [any SessionDialect]

    public init(format: AudioFormat?, dialects: @escaping (SessionIdentity, Int) -> [any SessionDialect]) {
      (self.format, self.dialects) = (format, dialects)
    }
  }
  /// Makes the dialect's value for the session that is opened.
  public var dialect: (SessionIdentity) -> any SessionDialect

  public init(
    request: StreamRequest, isReturning: Bool = false, subprotocol: String? = nil,
    dialect: @escaping (SessionIdentity) -> any SessionDialect
  ) {
    self.request = request
    self.isReturning = isReturning
    self.subprotocol = subprotocol
    self.dialect = dialect
  }
}

/// How a session is named to its client.
public struct SessionIdentity: Equatable, Sendable {
  public var clientID: Int
  public var name: SessionName
  /// As RFC 3339 has it, in UTC.
  public var openedAt: String

  public init(clientID: Int, name: SessionName, openedAt: String = "") {
    self.clientID = clientID
    self.name = name
    self.openedAt = openedAt
  }
}

/// A request that opens no stream, with the dialect's own answer.
public struct Rejection: Error, Equatable {
  /// Its name for programs and counters.
  public enum Cause: String, CaseIterable, Sendable {
    case tokenMissing = "token_missing"
    case tokenUnknown = "token_unknown"
    /// The token's role does not include it.
    case roleNotAllowed = "role_not_allowed"
    case originNotAllowed = "origin_not_allowed"
    case tooManyStreams = "too_many_streams"
    case overloaded
    case engineUnavailable = "engine_unavailable"
    /// Full or shutting down.
    case unavailable
    case invalidRequest = "invalid_request"
    case notFound = "not_found"
  }

  public var cause: Cause
  /// A sentence for people.
  public var error: String
  public var response: HTTPResponse

  public init(_ cause: Cause, error: String, response: HTTPResponse) {
    self.cause = cause
    self.error = error
    self.response = response
  }
}

/// The only message on a WebSocket, and its close.
public struct SocketRefusal: Equatable, Sendable {
  /// The subprotocol that is agreed to.
  public var subprotocol: String
  public var text: String
  public var code: Int
  public var reason: String

  public init(subprotocol: String, text: String, code: Int, reason: String) {
    self.subprotocol = subprotocol
    self.text = text
    self.code = code
    self.reason = reason
  }
}

/// Why a request is rejected, whatever its dialect.
public enum RejectionReason: Equatable, Sendable {
  case tokenMissing
  case tokenUnknown
  case originNotAllowed
  /// The token's role, which opens no streams.
  case roleNotAllowed(String)
  /// Operators may see this, and without tokens this machine.
  case operatorsOnly(hasTokens: Bool)
  case tooManyStreams(TooManyStreams)
  case engineUnavailable(engine: String, reason: String)
  /// The final texts of live streams come too late for another one.
  case delayed(RejectedForDelay)
  /// Full or shutting down.
  case unavailable
  /// So many workers have as many streams as their capacities, added up.
  case workersFull(workers: Int, capacity: Int)
  case malformed(status: Int, reason: String, headers: [HTTPResponse.Header])
  case uploadTooLarge(limitMiB: Int)
  case uploadTooLong(hours: Int)
  /// A sentence about the file: what was expected, and what it is.
  case notDecoded(String)
  /// The worker's own sentence.
  case notRecognized(String)
  case tooManyUploads

  public enum TooManyStreams: Equatable, Sendable {
    case ofAddress(limit: Int)
    case ofToken(limit: Int)
  }
}

/// The final texts of live streams come so late.
public struct RejectedForDelay: Equatable, Sendable {
  public var seconds: Double
  public var limitSeconds: Double

  public init(seconds: Double, limitSeconds: Double) {
    self.seconds = seconds
    self.limitSeconds = limitSeconds
  }
}

/// One message of a client's. The bytes are valid during the call.
public enum ClientMessage {
  case binary(UnsafeRawBufferPointer)
  /// Valid UTF-8.
  case text(UnsafeRawBufferPointer)
}

/// What any client can ask of its stream.
///
/// Audio comes so often that the others are indirect: one that may hold strings takes longer to forget.
public enum ClientEvent {
  /// Empty audio is for the stream to refuse.
  case audio(UnsafeRawBufferPointer)
  /// The next part of a file of whatever kind: audio is decoded from it.
  case file(UnsafeRawBufferPointer)
  /// `keepsChunks`: the client keeps chunks until they are settled. `settled`: how much of the first one is already.
  indirect case start(StreamRequest, keepsChunks: Bool, settled: Settled)
  case flush
  case stop
  indirect case resume(ResumeRequest)
}

/// A client that returns on a new connection says which session is its own and what it has.
public struct ResumeRequest: Equatable, Sendable {
  public var session: String
  /// The last chunk up to which it has every answer.
  public var answered: Int
  /// The last final segment it has; 0 for none.
  public var segment: Int

  public init(session: String, answered: Int, segment: Int) {
    self.session = session
    self.answered = answered
    self.segment = segment
  }
}

/// Where a dialect's messages go.
public protocol DialectOutput: AnyObject {
  /// Sends a part of the response to an upload.
  func send(_ part: ResponsePart)
  /// Sends a text message.
  func send(text: UnsafeRawBufferPointer)
  /// Sends a text message of at most so many bytes that `write` puts in place; it returns their number.
  /// - Parameter mayWait: a millisecond or two for the next message, to share a packet with it. Such a message is not
  ///   repeated to a client that returns.
  func send(textUpTo bytes: Int, mayWait: Bool, _ write: (UnsafeMutableRawBufferPointer) -> Int)
  /// Closes the connection after everything sent.
  func close(code: Int, reason: String)
  /// The client has asked for things of these names that mean nothing here; it is not told.
  func ignored(_ names: [String])
}

extension DialectOutput {
  public func send(_ part: ResponsePart) { preconditionFailure("Only an upload has a response.") }
  // A session logs it.
  public func ignored(_ names: [String]) {}
}
