/// A message of the broker to its client. The bytes that it borrows are valid until the reader is given more.
public enum ServerOperation {
  case info(ServerInfo)
  case message(BrokerMessage)
  case ping, pong, ok
  /// In the broker's own words.
  case error(String)
}

/// A published message, as the broker delivers it.
public struct BrokerMessage {
  /// The number that the subscription was made with.
  public var subscription: Int
  public var subjectBytes: UnsafeRawBufferPointer
  /// Of its header, if that has one: 503, nobody is subscribed to the subject that was published to.
  public var status: Int?
  public var payload: UnsafeRawBufferPointer

  public var subject: String { String(decoding: subjectBytes, as: UTF8.self) }

  /// Nobody has received the message that named this subject for replies.
  public var hasNoResponders: Bool { status == 503 }
}
