public import Metering

/// What a worker says to its server. A payload is borrowed from the reader's memory: valid until the reader is given more.
public enum WorkerReply {
  /// The worker is up; the first frame of a link.
  case ready(version: Int, pid: Int32)
  /// A chunk's figures and the complete JSON text of its reply.
  case result(ResultHeader, text: UnsafeRawBufferPointer)
  /// No reply can be made for `seq`; the message is UTF-8.
  case failed(stream: UInt64, seq: UInt64, asked: Asked, message: UnsafeRawBufferPointer)
  case pong(UInt64)

  /// What `ready` says; both sides are built together, another number is a stray program.
  public static let version = 1
}

/// What a result or a failure answers.
public enum Asked: UInt8, Sendable {
  case chunk = 0
  case finish = 1
}

/// Whose result it is, and what the server adds up for the stream's receipt.
public struct ResultHeader: Equatable, Sendable {
  public var stream: UInt64
  public var seq: UInt64
  public var asked: Asked
  /// The chunk's own levels, in the answer to a `finish` those of `seq` again: not to be added a second time.
  public var levels: Levels

  public init(stream: UInt64, seq: UInt64, asked: Asked, levels: Levels) {
    self.stream = stream
    self.seq = seq
    self.asked = asked
    self.levels = levels
  }
}
