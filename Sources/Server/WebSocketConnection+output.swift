public import Dialects
public import Web

/// Messages that a returning client does not need go straight to the connection.
extension WebSocketConnection: DialectOutput {
  public func send(text: UnsafeRawBufferPointer) { send(text: text, mayWait: false) }
}
