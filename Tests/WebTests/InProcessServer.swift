import Synchronization
import Web

/// A server on its own thread whose owner does what the test says. The closures run on the loop's thread.
final class InProcessServer: Sendable {
  struct Behaviour: Sendable {
    var request: @Sendable (HTTPRequest) -> HTTPResponse = {
      HTTPResponse(status: 200, json: #"{"path":"\#($0.path)"}"#)
    }
    /// Instead of `request`: for exchanges that are not answered at once.
    var exchange: (@Sendable (HTTPExchange) -> Void)?
    var upgrade: @Sendable (HTTPRequest) -> Decision = { _ in .accept() }
    var opened: @Sendable (WebSocketConnection) -> Void = { _ in }
    var received: @Sendable (WebSocketConnection, UnsafeRawBufferPointer, MessageKind) -> Void = {
      connection, bytes, kind in
      connection.send(text: describe(bytes, kind))
    }
    var drained: @Sendable (WebSocketConnection) -> Void = { _ in }
    var closed: @Sendable (WebSocketConnection, Int?) -> Void = { _, _ in }
    var maximumMessageBytes = 4 << 20
    var maximumTextBytes = 4096
    var patience = Patience()
    var reception = Reception()
    var host = "127.0.0.1"
    var port = 0
    /// One of several servers, which is told to listen with `sync`.
    var shared: SharedPort?
    var index = 0
  }

  let port: Int
  let thread: LoopThread
  private let owner: Owner

  init(_ change: (inout Behaviour) -> Void = { _ in }) throws {
    var behaviour = Behaviour()
    change(&behaviour)
    let owner = Owner(behaviour)
    self.owner = owner
    thread = try LoopThread { [behaviour] loop in
      let server =
        if let shared = behaviour.shared {
          try WebServer(
            loop: loop, sharing: shared, as: behaviour.index, patience: behaviour.patience,
            reception: behaviour.reception, delegate: owner)
        } else {
          try WebServer(
            loop: loop, host: behaviour.host, port: behaviour.port, patience: behaviour.patience,
            reception: behaviour.reception, delegate: owner)
        }
      owner.port = server.port
      owner.server = server
      return server
    }
    port = owner.port
  }

  /// On the loop's thread, waited for.
  func sync(_ job: @escaping @Sendable (WebServer) -> Void) {
    thread.sync { [owner] in job(owner.server!) }
  }

  func stop() {
    sync { $0.close() }
    // What has ended is reported at the end of the round.
    sync { _ in }
    thread.sync { [owner] in owner.server = nil }
    thread.stop()
  }
}

/// `binary 5: 7` is five bytes that add up to 7, wrapping at 2^32.
func describe(_ bytes: UnsafeRawBufferPointer, _ kind: MessageKind) -> String {
  "\(kind) \(bytes.count): \(bytes.reduce(UInt32(0)) { $0 &+ UInt32($1) })"
}

/// What a test's server does with a request to open a WebSocket.
enum Decision {
  case accept(context: AnyObject? = nil, subprotocol: String? = nil, headers: [HTTPResponse.Header] = [])
  case refuse(HTTPResponse)
}

private final class Owner: WebServerDelegate, @unchecked Sendable {
  let behaviour: InProcessServer.Behaviour
  var server: WebServer?
  var port = 0
  init(_ behaviour: InProcessServer.Behaviour) { self.behaviour = behaviour }

  func server(_ server: WebServer, requested exchange: HTTPExchange) {
    if let handle = behaviour.exchange {
      handle(exchange)
    } else {
      exchange.respond(behaviour.request(exchange.request))
    }
  }
  func server(_ server: WebServer, upgrade request: HTTPRequest) -> UpgradeAnswer {
    switch behaviour.upgrade(request) {
    case .refuse(let response): .refuse(response)
    case .accept(let context, let subprotocol, let headers):
      .accept(
        WebSocketAcceptance(
          Handler(behaviour, context), subprotocol: subprotocol, headers: headers,
          maximumBinaryBytes: behaviour.maximumMessageBytes, maximumTextBytes: behaviour.maximumTextBytes))
    }
  }
  func server(_ server: WebServer, refused error: RequestError) -> HTTPResponse {
    HTTPResponse(
      status: error.status, contentType: "text/plain", body: Array(error.reason.utf8), headers: error.headers)
  }
  func server(_ server: WebServer, notice: WebServer.Notice) {}
}

/// One connection's.
private final class Handler: WebSocketHandler {
  let behaviour: InProcessServer.Behaviour
  var context: AnyObject?
  init(_ behaviour: InProcessServer.Behaviour, _ context: AnyObject?) {
    self.behaviour = behaviour
    self.context = context
  }

  func opened(_ connection: WebSocketConnection) { behaviour.opened(connection) }
  func received(_ message: UnsafeRawBufferPointer, kind: MessageKind, on peer: WebSocketPeer) {
    if let connection = peer as? WebSocketConnection { behaviour.received(connection, message, kind) }
  }
  func failed(_ connection: WebSocketConnection, fault: ConnectionFault) {
    connection.send(text: "\(fault)")
    connection.close(code: fault.testCode, reason: "fault")
  }
  func drained(_ connection: WebSocketConnection) { behaviour.drained(connection) }
  func closed(_ connection: WebSocketConnection, code: Int?) { behaviour.closed(connection, code) }
}

extension WebSocketConnection {
  /// The test's own state.
  var context: AnyObject? {
    get { (handler as? Handler)?.context }
    set { (handler as? Handler)?.context = newValue }
  }
}

/// What happened, told from any thread.
final class Record<Value: Sendable>: Sendable {
  private let values = Mutex<[Value]>([])
  private let semaphore = Semaphore()

  func add(_ value: Value) {
    values.withLock { $0.append(value) }
    semaphore.signal()
  }

  var all: [Value] { values.withLock { $0 } }

  /// Waits until so many more have come, then gives all.
  @discardableResult
  func wait(for count: Int = 1) -> [Value] {
    for _ in 0..<count { semaphore.wait() }
    return all
  }
}

extension ConnectionFault {
  var testCode: Int {
    switch self {
    case .messageTooLarge: 1009
    case .invalidUTF8: 1007
    case .slowReader, .memoryShort: 1013
    }
  }
}
