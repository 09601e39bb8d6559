import Synchronization
import Web
import WebSocket

/// A server on its own thread whose owner does what the test says. The closures run on the loop's thread.
final class InProcessServer: Sendable {
  struct Behaviour: Sendable {
    var request: @Sendable (HTTPRequest) -> HTTPResponse = {
      HTTPResponse(status: 200, json: #"{"path":"\#($0.path)"}"#)
    }
    var upgrade: @Sendable (HTTPRequest) -> UpgradeAnswer = { _ in .accept() }
    var opened: @Sendable (WebSocketConnection) -> Void = { _ in }
    var received: @Sendable (WebSocketConnection, UnsafeRawBufferPointer, MessageKind) -> Void = {
      connection, bytes, kind in
      connection.send(text: describe(bytes, kind))
    }
    var drained: @Sendable (WebSocketConnection) -> Void = { _ in }
    var closed: @Sendable (WebSocketConnection, Int?) -> Void = { _, _ in }
    var maximumMessageBytes = 4 << 20
    var maximumTextBytes = 4096
    var patience = WebSocketServer.Patience()
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
          try WebSocketServer(
            loop: loop, sharing: shared, as: behaviour.index, maximumMessageBytes: behaviour.maximumMessageBytes,
            maximumTextBytes: behaviour.maximumTextBytes, patience: behaviour.patience,
            reception: behaviour.reception, delegate: owner)
        } else {
          try WebSocketServer(
            loop: loop, host: behaviour.host, port: behaviour.port, maximumMessageBytes: behaviour.maximumMessageBytes,
            maximumTextBytes: behaviour.maximumTextBytes, patience: behaviour.patience,
            reception: behaviour.reception, delegate: owner)
        }
      owner.port = server.port
      owner.server = server
      return server
    }
    port = owner.port
  }

  /// On the loop's thread, waited for.
  func sync(_ job: @escaping @Sendable (WebSocketServer) -> Void) {
    thread.sync { [owner] in job(owner.server!) }
  }

  func stop() {
    sync { $0.close() }
    thread.sync { [owner] in owner.server = nil }
    thread.stop()
  }
}

/// `binary 5: 7` is five bytes that add up to 7, wrapping at 2^32.
func describe(_ bytes: UnsafeRawBufferPointer, _ kind: MessageKind) -> String {
  "\(kind) \(bytes.count): \(bytes.reduce(UInt32(0)) { $0 &+ UInt32($1) })"
}

private final class Owner: WebSocketServerDelegate, @unchecked Sendable {
  let behaviour: InProcessServer.Behaviour
  var server: WebSocketServer?
  var port = 0
  init(_ behaviour: InProcessServer.Behaviour) { self.behaviour = behaviour }

  func server(_ server: WebSocketServer, request: HTTPRequest) -> HTTPResponse { behaviour.request(request) }
  func server(_ server: WebSocketServer, upgrade: HTTPRequest) -> UpgradeAnswer { behaviour.upgrade(upgrade) }
  func server(_ server: WebSocketServer, refused error: RequestError) -> HTTPResponse {
    HTTPResponse(
      status: error.status, contentType: "text/plain", body: Array(error.reason.utf8), headers: error.headers)
  }
  func server(_ server: WebSocketServer, opened: WebSocketConnection) { behaviour.opened(opened) }
  func server(_ server: WebSocketServer, connection: WebSocketConnection, failed fault: ConnectionFault) {
    connection.send(text: "\(fault)")
    connection.close(code: fault.testCode, reason: "fault")
  }
  func server(
    _ server: WebSocketServer, connection: WebSocketConnection, received: UnsafeRawBufferPointer, kind: MessageKind
  ) {
    behaviour.received(connection, received, kind)
  }
  func server(_ server: WebSocketServer, drained: WebSocketConnection) { behaviour.drained(drained) }
  func server(_ server: WebSocketServer, closed: WebSocketConnection, code: Int?) { behaviour.closed(closed, code) }
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
    case .slowReader: 1013
    }
  }
}
