import Dialects
public import Web

/// A session's way to its client.
protocol SessionConnection: DialectOutput {
  /// The address and port of the client.
  var peer: String { get }
  /// Bytes that the client has not read.
  var unsentBytes: Int { get }
  /// The session that it belongs to.
  var holder: AnyObject? { get set }
  func pauseReading()
  func resumeReading()
  /// Ends it at once.
  func drop()
}

/// Takes what has come on a connection, with whatever protocol it came.
protocol AudioReceiver: AnyObject {
  func received(_ message: ClientMessage, bytes: Int)
  func drained()
  /// The connection has ended.
  func closed(_ connection: any SessionConnection, code: Int?)
}

extension WebSocketConnection: SessionConnection {
  var holder: AnyObject? {
    get { handler }
    set { handler = newValue as? any WebSocketHandler }
  }

  /// Messages that a returning client does not need go straight to the connection.
  public func send(text: UnsafeRawBufferPointer) { send(text: text, mayWait: false) }
}
