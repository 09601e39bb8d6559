import Web

/// Our own client with one connection, on a thread of its own.
final class TestClient: Sendable {
  let texts = Record<String>()
  /// `opened`, `failed …`, `closed CODE REASON`, `drained`
  let events = Record<String>()
  private let thread: LoopThread
  private let owner: Owner

  /// Connects, and waits until that has succeeded or failed.
  init(
    _ url: String, connectTimeout: Duration = .seconds(10), authorities: String? = nil, token: String? = nil,
    proxies: ProxySettings? = nil
  ) throws {
    let url = try WebSocketURL(url)
    let owner = Owner(texts: texts, events: events)
    self.owner = owner
    thread = try LoopThread { loop in
      let client = WebSocketClient(
        loop: loop, maximumMessageBytes: 4 << 20, connectTimeout: connectTimeout, proxies: proxies)
      client.authorities = authorities
      client.token = token
      owner.client = client
      owner.connection = client.connect(to: url, delegate: owner)
      return owner
    }
    events.wait()
  }

  func sync(_ job: @escaping @Sendable (ClientConnection) -> Void) {
    thread.sync { [owner] in job(owner.connection!) }
  }

  func send(binary bytes: [UInt8]) {
    sync { connection in bytes.withUnsafeBytes { connection.send(binary: $0) } }
  }

  func stop() {
    thread.sync { [owner] in
      owner.client?.close()
      owner.connection = nil
    }
    thread.sync { [owner] in owner.client = nil }
    thread.stop()
  }
}

private final class Owner: WebSocketClientDelegate, @unchecked Sendable {
  let texts: Record<String>
  let events: Record<String>
  var client: WebSocketClient?
  var connection: ClientConnection?

  init(texts: Record<String>, events: Record<String>) {
    self.texts = texts
    self.events = events
  }

  func opened(_ connection: ClientConnection) { events.add("opened") }
  func received(_ connection: ClientConnection, text: UnsafeRawBufferPointer) {
    texts.add(String(decoding: text, as: UTF8.self))
  }
  func failed(_ connection: ClientConnection, error: WebSocketError) { events.add("failed \(error)") }
  func closed(_ connection: ClientConnection, code: Int?, reason: String) {
    events.add("closed \(code.map { "\($0)" } ?? "cut") \(reason)")
  }
  func drained(_ connection: ClientConnection) { events.add("drained") }
}
