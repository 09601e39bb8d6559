import IO

/// What happens on a server's WebSocket, all on the loop's thread.
public protocol WebSocketHandler: MessageReceiver {
  func opened(_ connection: WebSocketConnection)
  /// The connection must be closed for this; the handler tells the peer so and closes.
  func failed(_ connection: WebSocketConnection, fault: ConnectionFault)
  /// More than 64 KiB were unsent, and now fewer are.
  func drained(_ connection: WebSocketConnection)
  /// The peer sends nothing more, and may still read: `close` when it has its answers. `code`: of its close frame; nil
  /// if it sent none. Without an implementation the connection is closed at once.
  func inputEnded(_ connection: WebSocketConnection, code: Int?)
  /// It has ended. `code`: the peer's close code, or ours if we closed first; nil if it was cut.
  func closed(_ connection: WebSocketConnection, code: Int?)
}

extension WebSocketHandler {
  public func inputEnded(_ connection: WebSocketConnection, code: Int?) {
    if code == nil { connection.drop() } else { connection.close(code: 1000) }
  }
}

/// A server, as its WebSockets see it.
protocol WebSocketOwner: AnyObject {
  func held(_ before: ConnectionHolding, now after: ConnectionHolding)
  func ended(_ connection: WebSocketConnection)
}

/// A server's end of a WebSocket.
public final class WebSocketConnection: WebSocketPeer {
  /// `127.0.0.1:53312`
  public let peer: String
  let network: String
  /// Can be replaced while the connection is open; it is kept alive until the end.
  public var handler: (any WebSocketHandler)? { didSet { receiver = handler } }
  private weak var server: (any WebSocketOwner)?
  private var silentSince: Duration?
  private var isPinged = false
  /// From when it is to leave its loop until it has joined another one.
  private var isMoving = false
  /// Its handler is to be told of draining when it has.
  private var owesDrained = false

  init(_ acceptance: WebSocketAcceptance, _ request: HTTPRequest, server: any WebSocketOwner) {
    peer = request.peer
    network = request.network
    handler = acceptance.handler
    self.server = server
    super.init(
      WebSocketDecoder(
        expectsMask: true, maximumBinaryBytes: acceptance.maximumBinaryBytes,
        maximumTextBytes: acceptance.maximumTextBytes),
      masks: nil)
    receiver = handler
  }

  /// It leaves its loop soon: its handler is told of nothing but the end until `join`.
  func prepareToMove() {
    isMoving = true
    pauseReading()
  }

  /// Continues with another server, on its loop.
  func join(_ server: any WebSocketOwner, on loop: EventLoop) {
    self.server = server
    isMoving = false
    stream?.join(loop)
    if owesDrained { handler?.drained(self) }
    owesDrained = false
    resumeReading()
  }

  override func refuseTooLarge(_ kind: MessageKind, limitBytes: Int) {
    handler?.failed(self, fault: .messageTooLarge(isText: kind == .text, limitBytes: limitBytes))
  }

  override func refuseInvalidUTF8() { handler?.failed(self, fault: .invalidUTF8) }

  override func holds(_ holding: ConnectionHolding, before: ConnectionHolding) { server?.held(before, now: holding) }

  /// Memory is short: gives up a message that has not arrived as a whole, and the connection with it.
  func dropUnfinished() { handler?.failed(self, fault: .memoryShort(bytes: holding.unfinishedBytes)) }

  override func drained() { if isMoving { owesDrained = true } else { handler?.drained(self) } }

  override func inputEnded() { handler?.inputEnded(self, code: closeCode) }

  override func ended() {
    let handler = handler
    self.handler = nil
    server?.ended(self)
    handler?.closed(self, code: closeCode)
  }

  /// Pings or drops a silent peer, and drops one that does not end.
  func checkPatience(_ patience: Patience, now: Duration) {
    if let closingSince {
      if now - closingSince >= patience.closing { drop() }
      return
    }
    guard let stream else { return }
    if let blockedSince = stream.blockedSince, now - blockedSince >= patience.slowReader {
      handler?.failed(self, fault: .slowReader)
      return
    }
    if let answeringSince {
      if now - answeringSince >= patience.answering { close(code: 1000) }
      return
    }
    if stream.takeHeard() || isReadingPaused {
      isPinged = false
      silentSince = now
      return
    }
    let silence = now - (silentSince ?? now)
    if silence >= patience.idleBeforePing + patience.pingUnanswered {
      drop()
    } else if silence >= patience.idleBeforePing, !isPinged {
      isPinged = true
      ping()
    }
  }
}
