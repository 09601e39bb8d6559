internal import Audio
public import Recognition

/// How far the state of a stream was written.
public struct StateCursor: Equatable, Sendable {
  var chunk = 0
  var messages = 0
  var segments = 0
  /// The last chunk that had arrived then.
  public fileprivate(set) var received = 0

  public init() {}
}

/// The purpose for which the state of a stream is written.
public enum StatePurpose: Sendable {
  /// A server that starts anew.
  case restart
  /// Another server, which has the audio from elsewhere.
  case mirror
  /// Another server, which takes the session over now.
  case handover

  var hasAudio: Bool { self != .mirror }

  /// Messages that are written in a state in full: for a restart enough for a client that is some seconds behind.
  var fullMessageBytes: Int { self == .restart ? 8 << 10 : StreamLimits.eventLogBytes }
}

extension StreamSession {
  /// Writes what has changed since `cursor`, everything if that is new; `rest` adds what the caller has.
  /// - Parameter purpose: who is to have it.
  /// - Returns: false while the state can't be written: what kind of stream it is is not certain, or it ends.
  public func writeState(
    since cursor: inout StateCursor, for purpose: StatePurpose = .restart, to writer: inout StateWriter,
    rest: (inout StateWriter) -> Void
  ) -> Bool {
    guard account.isWritable else { return false }
    let kept = cursor == StateCursor() ? purpose.fullMessageBytes : StreamLimits.eventLogBytes
    let log = log ?? EventLog()
    cursor.chunk = audio.writeChunks(after: cursor.chunk, withAudio: purpose.hasAudio, to: &writer)
    log.writeMessages(after: cursor.messages, keeping: kept, to: &writer)
    cursor.messages = log.count
    for segment in transcript.segments[min(cursor.segments, transcript.segments.count)...] {
      writer.add(StateRecord.segment.rawValue)
      writer.part { $0.add(segment) }
    }
    cursor.segments = transcript.segments.count
    cursor.received = account.totals.chunks
    writer.add(StateRecord.rest.rawValue)
    writer.part { writer in
      // First, for `StoredStream.trim`.
      writer.add(firstKept)
      account.write(to: &writer)
      transcript.write(to: &writer)
      audio.write(to: &writer)
      log.write(to: &writer, keeping: kept)
      writer.add(keepsChunks)
      rest(&writer)
    }
    return true
  }
}

/// Puts the state of a stream together from what was written of it, part by part.
public struct StoredStream {
  fileprivate var chunks: [(chunk: StreamChunk, audio: ArraySlice<UInt8>)] = []
  fileprivate var messages: [ArraySlice<UInt8>] = []
  fileprivate var segments: [Segment] = []
  fileprivate var rest: ArraySlice<UInt8> = []

  public init() {}

  /// Takes what one call of `writeState` wrote.
  public mutating func take(_ reader: inout StateReader) throws(StateError) {
    while !reader.isEmpty {
      let record = StateRecord(rawValue: try reader.integer())
      let part = try reader.bytes()
      var fields = StateReader(part)
      switch record {
      case .chunk: chunks.append((try fields.chunk(), try fields.bytes()))
      case .message: messages.append(part)
      case .segment: segments.append(try fields.segment())
      case .rest: rest = part
      case nil: throw StateError()
      }
    }
    try trim()
  }

  /// Takes the audio of chunks that were written without.
  /// - Returns: false if that of one is missing.
  public mutating func supply(_ audio: [Int: ArraySlice<UInt8>]) -> Bool {
    for index in chunks.indices where chunks[index].audio.isEmpty && chunks[index].chunk.frames > 0 {
      guard let bytes = audio[chunks[index].chunk.seq] else { return false }
      chunks[index].audio = bytes
    }
    return true
  }

  /// Drops what a later record has made superfluous.
  private mutating func trim() throws(StateError) {
    var bytes = 0
    let kept = messages.reversed().prefix {
      bytes += $0.count
      return bytes <= 2 * StreamLimits.eventLogBytes
    }
    if kept.count < messages.count { messages.removeFirst(messages.count - kept.count) }
    var reader = StateReader(rest)
    let firstKept = try reader.count()
    if let first = chunks.first, first.chunk.seq < firstKept { chunks.removeAll { $0.chunk.seq < firstKept } }
  }
}

extension StreamSession {
  /// The stream as it was written, without a connection until `until`.
  /// - Parameters:
  ///   - isSuspect: whether its chunks without an answer may be why the server, or its worker, ended.
  ///   - rest: reads what the caller had added.
  public init(
    id: StreamID, _ stored: StoredStream, until: Duration, isSuspect: Bool = true,
    rest: (inout StateReader) throws(StateError) -> Void
  ) throws(StateError) {
    var reader = StateReader(stored.rest)
    _ = try reader.count()
    let account = try StreamAccount(from: &reader, chunks: stored.chunks.map(\.chunk))
    let transcript = try StreamTranscript(from: &reader, segments: stored.segments)
    let audio = try AudioHistory(
      from: &reader, chunks: stored.chunks, sampleRate: account.request.format.sampleRate)
    guard account.hasEnded || audio.isAnswered(through: account.lastAnswered) else { throw StateError() }
    let log = try EventLog(from: &reader, messages: stored.messages)
    let keepsChunks = try reader.flag()
    try rest(&reader)
    self.init(id: id, request: account.request, keepsSegments: transcript.keepsSegments)
    self.account = account
    self.transcript = transcript
    self.audio = audio
    self.log = log
    self.keepsChunks = keepsChunks
    pace = StreamPace(after: account.seconds)
    lifetime = .detached(until: until)
    // All of it was in flight with a worker that is lost, perhaps because of it.
    placement.sentSeq = account.lastTaken
    if isSuspect { placement.suspectSeq = account.lastTaken }
  }

  /// The first chunk whose audio a copy of the session needs.
  public var firstKept: Int { account.hasEnded ? account.totals.chunks + 1 : audio.firstKept }

  /// With a journal: a server that starts anew would have the chunks up to `seq`; nil: there is no journal.
  public mutating func journaled(through seq: Int?) { audio.journaled = seq }
  public var isJournaled: Bool { audio.journaled != nil }
}
