/// A client of ours, as the server sees it.
public final class WebSocketConnection: WebSocketPeer {
  /// `127.0.0.1:53312`
  public let peer: String
  /// Asked only from the library's callbacks, which end before the server does; a checked reference costs two atomic
  /// operations a message.
  private unowned(unsafe) let server: WebSocketServer
  /// The handshake came through, so the owner knows of it.
  var wasOpened = false
  private var silentSince: Duration?
  private var isPinged = false
  private var hasFailed = false

  init(server: WebSocketServer, peer: String, context: AnyObject?, assembly: MessageAssembly) {
    self.server = server
    self.peer = peer
    super.init(flushList: server.flushList, assembly: assembly)
    self.context = context
  }

  override func deliver(_ message: UnsafeRawBufferPointer, _ kind: MessageKind) {
    server.delegate.server(server, connection: self, received: message, kind: kind)
  }

  override func refuseTooBig(_ kind: MessageKind, limitBytes: Int) {
    server.delegate.server(
      server, connection: self, failed: .messageTooLarge(isText: kind == .text, limitBytes: limitBytes))
  }

  override func refuseNotUTF8() { server.delegate.server(server, connection: self, failed: .invalidUTF8) }

  /// It broke the protocol. What came before that has been delivered.
  func fail(_ violation: FrameInspector.Violation) {
    hasFailed = true
    close(code: 1002, reason: violation.rawValue)
  }

  override func drained() {
    server.delegate.server(server, drained: self)
  }

  /// Looks after a silent or closing peer.
  func checkPatience(_ patience: WebSocketServer.Patience, now: Duration) {
    guard socket != nil else { return }
    if let closingSince {
      if now - closingSince >= (hasFailed ? patience.failing : patience.closing) { drop() }
      return
    }
    if let blockedSince, now - blockedSince >= patience.slowReader {
      return server.delegate.server(server, connection: self, failed: .slowReader)
    }
    if wasHeard || isReadingPaused {
      wasHeard = false
      isPinged = false
      silentSince = now
      return
    }
    let silence = now - (silentSince ?? now)
    if silence >= patience.idleBeforePing + patience.pingUnanswered {
      drop()
    } else if silence >= patience.idleBeforePing, !isPinged {
      isPinged = true
      // Not empty: the library keeps an empty answer to itself.
      withUnsafeBytes(of: UInt8(ascii: "?")) { send(.ping, $0) }
    }
  }
}
