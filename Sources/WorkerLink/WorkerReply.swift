public import Audio
public import Recognition

/// What a worker says to its server. A payload is borrowed from the reader's memory: valid until the reader is given more.
public enum WorkerReply {
  /// The worker is up; the first frame of a link. `engines` is a JSON array: the state of each it was told to load.
  case ready(version: Int, pid: Int32, engines: UnsafeRawBufferPointer)
  /// A chunk's figures and the complete JSON text of its reply.
  case result(ResultHeader, text: UnsafeRawBufferPointer)
  /// No reply can be made for `seq`; the message is UTF-8.
  case failed(stream: UInt64, seq: UInt64, asked: Asked, message: UnsafeRawBufferPointer)
  case pong(UInt64)
  /// So much of the stream's sound waits to be recognised that its client is not to be read, until `release`.
  case hold(stream: UInt64)
  case release(stream: UInt64)

  /// Whether it answers a chunk.
  public var isOfChunk: Bool {
    switch self {
    case .result(let header, _): header.asked == .chunk
    case .failed(_, _, let asked, _): asked == .chunk
    case .ready, .pong, .hold, .release: false
    }
  }

  /// What `ready` says; both sides are built together, another number is a stray program.
  public static let version = 4
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
  /// How long the array `segments`, the reply's last member, is, brackets included: it ends before the reply's closing brace.
  /// 0 when the reply has none. The receipt repeats them all.
  public var segmentsBytes: Int
  /// Partials of the stream that were never made, for want of time, since its beginning.
  public var shed: Int
  /// From where another worker would need the stream's sound to come to the same words; nil when it needs none of what was
  /// answered.
  public var checkpoint: Checkpoint?

  public init(
    stream: UInt64, seq: UInt64, asked: Asked, levels: Levels, segmentsBytes: Int = 0, shed: Int = 0,
    checkpoint: Checkpoint? = nil
  ) {
    self.stream = stream
    self.seq = seq
    self.asked = asked
    self.levels = levels
    self.segmentsBytes = segmentsBytes
    self.shed = shed
    self.checkpoint = checkpoint
  }

  /// The JSON array of segments in `text`, the reply this header came with; nil when there is none.
  public func segments(in text: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
    segmentsBytes == 0 ? nil : UnsafeRawBufferPointer(rebasing: text.dropLast().suffix(segmentsBytes))
  }
}
