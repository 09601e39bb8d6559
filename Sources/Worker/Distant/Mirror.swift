internal import Recognition
internal import Streams
internal import WorkerLink

/// A worker's copies of the sessions whose streams it has, for another gateway if theirs is lost.
///
/// A copy is the state that the gateway sent last, with what the worker has been sent and has answered since: whoever
/// takes it does that once more, and has the session up to the last answer that any client can have. *Active* while its
/// gateway sends; *idle* once the stream left this worker or the gateway is gone, and kept for a while; *taken* by
/// another gateway, which may lose it again before another worker has it.
class Mirror {
  /// How long an idle copy is kept: longer than a session waits for its client.
  static let idleTime = Duration.seconds(90)
  /// Bytes of all copies, above which there are no more.
  static let limitBytes = 512 << 20

  private struct Chunk {
    var header: ChunkHeader
    var bytes: [UInt8]
  }

  private struct Reply {
    /// The chunk that it answers; 0 for one that answers none.
    var seq: Int
    var bytes: [UInt8]
  }

  private struct Copy {
    var state: SessionState
    let gateway: String
    var bytes: [UInt8] = []
    /// What has come of a state whose last piece has not.
    var pending: [UInt8]?
    var chunks: [Chunk] = []
    var replies: [Reply] = []
    /// Nil: it is active.
    var idleSince: Duration?
    /// The gateway is gone, or has begun anew.
    var isLost = false

    var byteCount: Int { bytes.count + (pending?.count ?? 0) + logBytes }
    var logBytes = 0
  }

  private var copies: [SessionKey: Copy] = [:]
  /// The active ones.
  private var keys: [StreamID: SessionKey] = [:]
  private(set) var byteCount = 0

  var count: Int { copies.count }

  /// Whether a gateway's claim counts against the one of a copy: it is later, or the same.
  func isClaim(_ epoch: UInt64, by gateway: String, newerThan other: UInt64, by holder: String) -> Bool {
    epoch > other || epoch == other && gateway == holder
  }

  // MARK: From the gateway that has the session

  /// Takes a piece of a session's state.
  /// - Returns: false if another gateway has the session.
  func take(_ state: SessionState, _ piece: StatePiece, from gateway: String) -> Bool {
    // A change of what is not here says nothing.
    guard piece.isFirst || copies[state.key] != nil else { return true }
    var copy = copies[state.key] ?? Copy(state: state, gateway: gateway)
    guard isClaim(state.epoch, by: gateway, newerThan: copy.state.epoch, by: copy.gateway) else { return false }
    if copy.gateway != gateway || copy.state.stream != state.stream || copy.isLost {
      guard piece.isFirst else { return true }
      copy = Copy(state: state, gateway: gateway)
    }
    copies[state.key].map { forget($0, state.key) }
    if piece.isFirst { copy.idleSince = nil }
    if piece.isFirst { copy.pending = [] } else if copy.pending == nil { copy.pending = copy.bytes }
    copy.pending?.append(contentsOf: piece.bytes)
    if piece.isLast { commit(&copy, state) }
    guard byteCount + copy.byteCount <= Self.limitBytes else { return true }
    byteCount += copy.byteCount
    copies[state.key] = copy
    if copy.idleSince == nil { keys[state.stream] = state.key }
    return true
  }

  private func commit(_ copy: inout Copy, _ state: SessionState) {
    copy.bytes = copy.pending ?? []
    copy.pending = nil
    copy.state = state
    copy.chunks.removeAll { $0.header.seq < state.firstKept && $0.header.seq <= state.received }
    // In the order of the link: everything up to the last answer that the gateway has counted.
    if let last = copy.replies.lastIndex(where: { $0.seq > 0 && $0.seq <= state.answered }) {
      copy.replies.removeFirst(last + 1)
    }
    copy.logBytes =
      copy.chunks.reduce(0) { $0 + $1.bytes.count } + copy.replies.reduce(0) { $0 + $1.bytes.count }
  }

  private func forget(_ copy: Copy, _ key: SessionKey) {
    byteCount -= copy.byteCount
    copies[key] = nil
    if keys[copy.state.stream] == key { keys[copy.state.stream] = nil }
  }

  /// The session of a stream, if the copy is this gateway's: its loops have streams of the same names.
  private func key(of stream: StreamID, from gateway: String) -> SessionKey? {
    keys[stream].flatMap { copies[$0]?.gateway == gateway ? $0 : nil }
  }

  /// So much was added to a copy, which is dropped if that is too much.
  private func add(_ bytes: Int, to key: SessionKey) {
    copies[key]?.logBytes += bytes
    byteCount += bytes
    if byteCount > Self.limitBytes, let copy = copies[key] { forget(copy, key) }
  }

  /// A piece of a chunk has come.
  func received(_ header: ChunkHeader, _ piece: ChunkPiece, from gateway: String) {
    guard let key = key(of: header.stream, from: gateway) else { return }
    if piece.offset == 0 { copies[key]?.chunks.append(Chunk(header: header, bytes: [])) }
    guard let last = copies[key]?.chunks.indices.last else { return }
    copies[key]?.chunks[last].bytes.append(contentsOf: piece.bytes)
    add(piece.bytes.count, to: key)
  }

  /// A gateway's stream was answered, with this frame.
  func replied(_ stream: StreamID, _ frame: UnsafeRawBufferPointer, to gateway: String) {
    guard let key = key(of: stream, from: gateway) else { return }
    copies[key]?.replies.append(Reply(seq: WorkerReply.answeredChunk(in: frame), bytes: Array(frame)))
    add(frame.count, to: key)
  }

  /// A gateway's stream is no longer on this worker.
  func closed(_ stream: StreamID, of gateway: String, now: Duration) {
    guard let key = key(of: stream, from: gateway) else { return }
    keys[stream] = nil
    copies[key]?.idleSince = now
  }

  /// The gateway of these streams is gone.
  func lost(_ gateway: String, now: Duration) {
    for (key, copy) in copies where copy.gateway == gateway && !copy.isLost {
      keys[copy.state.stream] = nil
      copies[key]?.idleSince = copy.idleSince ?? now
      copies[key]?.isLost = true
    }
  }

  func forget(_ key: SessionKey, epoch: UInt64) {
    guard let copy = copies[key], copy.state.epoch <= epoch else { return }
    forget(copy, key)
  }

  /// Forgets copies that nobody has come for.
  func forgetIdle(now: Duration) {
    for (key, copy) in copies { if let since = copy.idleSince, now - since >= Self.idleTime { forget(copy, key) } }
  }

  // MARK: For another gateway

  enum Taking {
    /// - Parameters:
    ///   - stream: the stream here, if there still is one, and the gateway that it was of: it is over.
    case image([UInt8], epoch: UInt64, from: (gateway: String, stream: StreamID)?)
    /// Another gateway has it.
    case fenced
    /// There is no copy.
    case unknown
  }

  /// A gateway wants a session. From now on nobody with a lower epoch can add to the copy.
  func take(_ key: SessionKey, epoch: UInt64, by gateway: String, now: Duration) -> Taking {
    guard let copy = copies[key], !copy.bytes.isEmpty else { return .unknown }
    guard isClaim(epoch, by: gateway, newerThan: copy.state.epoch, by: copy.gateway) else { return .fenced }
    let loser = copy.idleSince == nil ? (copy.gateway, copy.state.stream) : nil
    let image = Self.image(copy)
    var taken = Copy(state: copy.state, gateway: gateway, bytes: copy.bytes, chunks: copy.chunks, replies: copy.replies)
    taken.state.epoch = epoch
    taken.idleSince = now
    taken.isLost = true
    taken.logBytes = copy.logBytes
    byteCount -= copy.pending?.count ?? 0
    if keys[copy.state.stream] == key { keys[copy.state.stream] = nil }
    copies[key] = taken
    return .image(image, epoch: copy.state.epoch, from: loser)
  }

  /// As `SessionImage` of the gateway reads it.
  private static func image(_ copy: Copy) -> [UInt8] {
    var writer = StateWriter()
    writer.add(Int(truncatingIfNeeded: copy.state.stream.number))
    copy.bytes.withUnsafeBytes { writer.add($0) }
    writer.add(copy.chunks) { writer, chunk in
      writer.add(chunk.header.seq)
      writer.add(chunk.header.isMessage)
      chunk.bytes.withUnsafeBytes { writer.add($0) }
    }
    writer.add(copy.replies) { writer, reply in reply.bytes.withUnsafeBytes { writer.add($0) } }
    return writer.bytes
  }
}
