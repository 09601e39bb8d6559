import Dialects
import Web

/// A WebSocket that is opened only to say why there is no stream.
final class RefusedUpgrade: WebSocketHandler {
  private let refusal: SocketRefusal

  init(_ refusal: SocketRefusal) { self.refusal = refusal }

  func opened(_ connection: WebSocketConnection) {
    connection.send(text: refusal.text)
    connection.close(code: refusal.code, reason: refusal.reason)
  }

  func received(_ message: UnsafeRawBufferPointer, kind: MessageKind, on peer: WebSocketPeer) {}
  func failed(_ connection: WebSocketConnection, fault: ConnectionFault) { connection.drop() }
  func drained(_ connection: WebSocketConnection) {}
  func closed(_ connection: WebSocketConnection, code: Int?) {}
}
