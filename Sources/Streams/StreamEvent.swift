public import Audio
public import Recognition

/// What a client can be told of its stream. A dialect puts it into messages, or leaves it out.
///
/// Every event is as large as the largest, so those with much in them that do not come with each chunk are indirect.
public enum StreamEvent: Equatable, Sendable {
  /// The stream is of this kind; its session can be resumed from now on.
  indirect case started(StreamRequest)
  /// An earlier session goes on; every chunk up to `seq` was received.
  indirect case resumed(StreamRequest, seq: Int)
  case accepted(seq: Int, bytes: Int)
  /// A chunk was measured. `text`: what an engine with one text a chunk made of it.
  case result(ChunkMeasure, text: ChunkText? = nil)
  case failed(seq: Int, ChunkFailure)
  /// The utterances of so much audio are known: where they begin, and of those that are over, what was said.
  case heard(seconds: Double)
  /// The words of the stream come so many seconds late, because it was taken although there is too much to recognize.
  case delayed(seconds: Double)
  case notice(StreamNotice)
  indirect case update(TranscriptUpdate)
  /// The next message may say how much is settled: the words in that have been sent before or are sent with it.
  case settled(Settled)
  /// Everything before it is decoded. `last` is the last chunk that was answered, nil in a stream without chunks.
  indirect case flushed(seq: Int, last: ChunkMeasure?)
  /// Everything is decoded of a client that has closed. `last` is the last chunk that was answered.
  indirect case left(last: ChunkMeasure)
  indirect case receipt(StreamReceipt)
  /// A message had no effect; the stream goes on.
  case refused(MessageRefusal)
  /// The last event of a connection.
  case closing(CloseReason)
}

/// A chunk with its levels.
public struct ChunkMeasure: Equatable, Sendable {
  public var seq: Int
  /// Seconds of the stream before it.
  public var start: Double
  /// Seconds of audio in it.
  public var duration: Double
  public var levels: Levels

  init(seq: Int, start: Double, duration: Double, levels: Levels) {
    (self.seq, self.start, self.duration, self.levels) = (seq, start, duration, levels)
  }

  init(_ chunk: StreamChunk, _ format: AudioFormat, _ levels: Levels) {
    seq = chunk.seq
    start = format.seconds(frames: chunk.startFrame)
    duration = format.seconds(frames: chunk.frames)
    self.levels = levels
  }
}

/// What a client may want to know of its stream, which goes on.
public enum StreamNotice: Equatable, Sendable {
  /// The audio of these seconds, up to chunk `seq`, is no longer kept for the case that a worker dies.
  case replayDropped(seq: Int, seconds: Range<Double>)
  /// A worker died, and the next one did not get the audio of these seconds.
  case wordsMissing(seconds: Range<Double>)
}

/// Why a chunk was not measured.
public enum ChunkFailure: Equatable, Sendable {
  /// Two workers died with this chunk alone in flight.
  case poison
  /// The server ended before a worker answered.
  case serverEnded
  /// The worker's own words.
  case worker(String)
}

/// Why a message had no effect.
public enum MessageRefusal: Equatable, Sendable {
  case emptyChunk
  case chunkTooLarge(bytes: Int)
  case chunkAfterStop
  case chunkDuringShutdown
  case endDuringShutdown
  case alreadyStopped
  case startAfterStop
  case startAfterChunks(Int)
  /// The final texts of live streams come too late for another one.
  case speechDelayed(seconds: Double, limitSeconds: Double)
  case resume(ResumeProblem)
}

/// Why a session can't be resumed.
public enum ResumeProblem: Error, Equatable, Sendable {
  case notFirstMessage
  /// Unknown, expired, closed or another client's: which one is not the asking client's business.
  case unknownSession
  case answeredOutOfRange(Int, received: Int)
  case segmentOutOfRange(Int, lastFinal: Int)
  /// The log no longer reaches back to the message after this chunk.
  case messagesDropped(after: Int)
}

/// Why the server closes a connection.
public enum CloseReason: Equatable, Sendable {
  /// The receipt was sent.
  case complete
  /// The client has closed, and everything that it sent is answered.
  case left
  case goingAway
  case unsupported(seq: Int, WaveHeaderError)
  case tokenRevoked
  case messageTooLarge(isText: Bool, limitBytes: Int)
  case invalidUTF8
  case slowReader
  /// The client has sent nothing for longer than its protocol allows.
  case silent
  /// Memory is short, and this much of a message that is not complete had to go.
  case memoryShort(bytes: Int)
  /// The stream was not to be new, and is: see `MessageRefusal.speechDelayed`.
  case overloaded(seconds: Double, limitSeconds: Double)
  /// Nobody can say now where sessions are, for this reason.
  case sessionsUnavailable(reason: String)
}

extension AudioFormat {
  /// The seconds that these sample frames are.
  func seconds(_ frames: Range<Int>) -> Range<Double> {
    seconds(frames: frames.lowerBound)..<seconds(frames: frames.upperBound)
  }
}
