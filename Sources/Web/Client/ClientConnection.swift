internal import IO

/// A connection to a server, from the first attempt to its end.
public final class ClientConnection: WebSocketPeer, MessageReceiver {
  // Neither is used once the connection is over, which the client sees to before it goes.
  private unowned let client: WebSocketClient
  private unowned let delegate: any WebSocketClientDelegate
  private var handshake: ClientHandshake?
  private var deadline: LoopTimer?
  private var isOver = false

  /// The body of the server's response, if it did not open the connection.
  public private(set) var refusal: String?

  /// A server that does not answer a close is dropped then.
  private static let closeTimeout = Duration.seconds(10)

  init(client: WebSocketClient, delegate: any WebSocketClientDelegate, maximumMessageBytes: Int) {
    self.client = client
    self.delegate = delegate
    super.init(
      WebSocketDecoder(
        expectsMask: false, maximumBinaryBytes: maximumMessageBytes, maximumTextBytes: maximumMessageBytes),
      masks: client.masks)
  }

  func begin(_ url: WebSocketURL) {
    do throws(WebSocketError) {
      let plan = try client.plan(for: url)
      deadline = client.loop.after(client.connectTimeout) { [unowned self] in fail(handshake?.timeout ?? .timedOut) }
      handshake = ClientHandshake(plan, on: client.loop) { [unowned self] in shaken($0) }
    } catch {
      client.loop.after(.zero) { [self] in fail(error) }
    }
  }

  private func shaken(_ outcome: ClientHandshake.Outcome) {
    switch outcome {
    case .failed(let error, let body):
      refusal = body
      fail(error)
    case .opened(let stream, let rest):
      deadline?.cancel()
      handshake = nil
      // Until the stream has ended.
      receiver = self
      open(stream)
      delegate.opened(self)
      if !rest.isEmpty { self.stream(stream, received: rest) }
    }
  }

  private func fail(_ error: WebSocketError) {
    guard !isOver else { return }
    end()
    delegate.failed(self, error: error)
  }

  private func end() {
    isOver = true
    deadline?.cancel()
    handshake?.cancel()
    handshake = nil
    client.forget(self)
  }

  /// Also ends an attempt, which then has failed.
  public override func close(code: Int, reason: String = "") {
    guard stream != nil else { return giveUp() }
    guard isOpen else { return }
    super.close(code: code, reason: reason)
    deadline = client.loop.after(Self.closeTimeout) { [unowned self] in drop() }
  }

  public override func drop() {
    if stream != nil { super.drop() } else { giveUp() }
  }

  private func giveUp() {
    handshake?.cancel()
    // Not now: this may be called from a callback.
    client.loop.after(.zero) { [weak self] in self?.fail(.unreachable(reason: "given up")) }
  }

  /// The client goes, and perhaps the delegate, too: the end is not reported.
  func orphan() {
    guard !isOver else { return }
    isOver = true
    deadline?.cancel()
    handshake?.cancel()
    handshake = nil
    receiver = nil
    if let stream {
      stream.delegate = nil
      stream.drop()
    }
  }

  // MARK: From the peer

  public func received(_ message: UnsafeRawBufferPointer, kind: MessageKind, on peer: WebSocketPeer) {
    switch kind {
    case .text: delegate.received(self, text: message)
    case .binary: delegate.received(self, binary: message)
    }
  }

  override func drained() { delegate.drained(self) }

  override func ended() {
    guard !isOver else { return }
    end()
    delegate.closed(self, code: closeCode, reason: closeReason)
  }
}
