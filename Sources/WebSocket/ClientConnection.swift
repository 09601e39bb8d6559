internal import IO

/// A connection to a server, from the first attempt to its end.
public final class ClientConnection: WebSocketPeer {
  // Neither is looked at once the connection is over, which the client sees to before it goes.
  private unowned let client: WebSocketClient
  private unowned let delegate: any WebSocketClientDelegate
  private var wasOpened = false
  private var isOver = false
  private var deadline: LoopTimer?
  private var failure: WebSocketError?
  /// Until the handshake is over.
  private var attempt: LibrarySocket?
  private var response: ResponseWatch?

  /// What the server said in place of opening the connection: the body of its answer, as much as came with the head.
  public private(set) var refusal: String?

  init(client: WebSocketClient, delegate: any WebSocketClientDelegate, assembly: MessageAssembly) {
    self.client = client
    self.delegate = delegate
    super.init(flushList: client.flushList, assembly: assembly)
  }

  /// Queues one binary message.
  public func send(binary bytes: UnsafeRawBufferPointer) {
    send(.binary, bytes)
  }

  /// Also ends an attempt that has not come to anything yet, which then has failed.
  public override func close(code: Int, reason: String = "") {
    if wasOpened { super.close(code: code, reason: reason) } else { giveUp(.unreachable(reason: "given up")) }
  }

  public override func drop() {
    if wasOpened { super.drop() } else { giveUp(.unreachable(reason: "given up")) }
  }

  func begin(_ url: WebSocketURL) {
    do {
      let context = try client.context(for: url)
      attempt = context.connect(self, to: url)
      guard attempt != nil else { throw WebSocketError.unreachable(reason: "\(url.host) is not known") }
      deadline = flushList.loop.after(client.connectTimeout) { [unowned self] in giveUp(.timedOut) }
    } catch let error as WebSocketError {
      flushList.loop.after(.zero) { [self] in fail(error) }
    } catch {}
  }

  private func giveUp(_ error: WebSocketError) {
    guard !isOver, !wasOpened else { return }
    failure = error
    // Not now: this may be called from a callback.
    flushList.loop.after(.zero) { [self] in attempt?.abandon() }
  }

  private func fail(_ error: WebSocketError) {
    guard !isOver else { return }
    isOver = true
    attempt = nil
    deadline?.cancel()
    detach()
    client.forget(self)
    delegate.failed(self, error: error)
  }

  /// The client goes, and perhaps the delegate too: nobody is told of the end.
  func orphan() {
    isOver = true
    attempt = nil
    deadline?.cancel()
    detach()
  }

  // MARK: - From the library

  /// The TCP connection, and TLS, are made: the request is about to be sent.
  /// - Returns: further header lines for it.
  func asks(on descriptor: Int32) -> String {
    response = ResponseWatch(descriptor: descriptor)
    response?.begin()
    return client.token.map { "Authorization: Bearer \($0)\r\n" } ?? ""
  }

  /// - Returns: false to end it again.
  func established(_ socket: LibrarySocket) -> Bool {
    guard failure == nil else { return false }
    deadline?.cancel()
    attempt = nil
    self.socket = socket
    wasOpened = true
    isOpen = true
    delegate.opened(self)
    return true
  }

  func failed(status: Int, retryAfterSeconds: Int?, certificateProblem: String?, reason: String) {
    refusal = status >= 300 ? response?.body : nil
    response?.end()
    if let failure { return fail(failure) }
    if let certificateProblem { return fail(.untrusted(reason: certificateProblem)) }
    fail(status >= 300 ? .refused(status: status, retryAfterSeconds: retryAfterSeconds) : .unreachable(reason: reason))
  }

  /// The library is older than 1012 (restart), 1013 (try again later) and 1014, and takes them for broken: so it is not
  /// asked.
  override func peerCloses(code: Int?) {
    super.peerCloses(code: response?.closeCode ?? code)
  }

  func ended() {
    response?.end()
    guard wasOpened else { return fail(failure ?? .unreachable(reason: "the server hung up")) }
    guard !isOver else { return }
    isOver = true
    detach()
    client.forget(self)
    delegate.closed(self, code: closeCode, reason: closeReason)
  }

  // MARK: - From the peer

  override func deliver(_ message: UnsafeRawBufferPointer, _ kind: MessageKind) {
    guard kind == .text else { return close(code: 1003, reason: "binary messages are not expected") }
    delegate.received(self, text: message)
  }

  override func drained() {
    delegate.drained(self)
  }
}
