internal import Recognition
internal import Streams
internal import WorkerLink

/// A worker's copies of the sessions whose streams it has, for another gateway if theirs is lost.
///
/// A copy is the state that the gateway sent last, with what the worker has been sent and has answered since: whoever
/// takes it does that once more, and has the session up to the last answer that any client can have. *Active* while its
/// gateway sends; *idle* once the stream left this worker or the gateway is gone, and kept for a while; *taken* by
/// another gateway, which may lose it again before another worker has it.
///
/// Not final: a simulation takes its rules out one by one, to show what each is good for.
class Mirror {
  /// Time for which an idle copy is kept: longer than a session waits for its client.
  static let idleTime = Duration.seconds(90)
  private let limitBytes: Int

  /// An object: it is changed with each chunk.
  private final class Copy {
    private(set) var state: SessionState
    private(set) var gateway: String
    /// The epoch of the gateway's claim: later than the state's when it has taken the copy, and said nothing yet.
    private(set) var claim: UInt64
    private(set) var bytes: [UInt8] = []
    /// The pieces of a state whose last one has not come.
    private var pending: [UInt8]?
    var chunks = MirrorLog()
    var replies = MirrorLog()
    /// Nil: it is active.
    var idleSince: Duration?
    /// The gateway is gone, or has begun anew.
    var isLost = false

    init(_ state: SessionState, _ gateway: String) {
      self.state = state
      self.gateway = gateway
      claim = state.epoch
    }

    var byteCount: Int { bytes.count + (pending?.count ?? 0) + chunks.byteCount + replies.byteCount }

    /// Takes a piece of a state, which counts with the last one.
    func take(_ state: SessionState, _ piece: StatePiece) {
      // Mostly there is one, and no second copy is made for it.
      if !piece.isFirst, piece.isLast, pending == nil {
        bytes.append(contentsOf: piece.bytes)
      } else {
        var all = piece.isFirst ? [] : pending ?? bytes
        pending = nil
        all.append(contentsOf: piece.bytes)
        guard piece.isLast else {
          pending = all
          return
        }
        bytes = all
      }
      self.state = state
      claim = state.epoch
      chunks.removeFirst(chunks.entries.prefix { $0.seq < state.firstKept && $0.seq <= state.received }.count)
      // In the order of the link: everything up to the last answer that the gateway has counted.
      if let last = replies.entries.lastIndex(where: { $0.seq > 0 && $0.seq <= state.answered }) {
        replies.removeFirst(last + 1)
      }
    }

    /// Another gateway has it from now on.
    func move(to gateway: String, claim: UInt64, now: Duration) {
      self.gateway = gateway
      self.claim = claim
      pending = nil
      idleSince = now
      isLost = true
    }
  }

  private var copies: [SessionKey: Copy] = [:]
  /// The active ones.
  private var active: [StreamID: Copy] = [:]
  private(set) var byteCount = 0
  /// Copies that were dropped for want of room.
  private(set) var dropped = 0

  /// - Parameter limitBytes: of all copies, above which the one that grows is dropped.
  init(limitBytes: Int = 512 << 20) { self.limitBytes = limitBytes }

  var count: Int { copies.count }

  /// Whether a gateway's claim counts against the one of a copy: it is later, or the same.
  func isClaim(_ epoch: UInt64, by gateway: String, newerThan other: UInt64, by holder: String) -> Bool {
    epoch > other || epoch == other && gateway == holder
  }

  // MARK: From the gateway that has the session

  /// Takes a piece of a session's state.
  /// - Returns: false if another gateway has the session.
  func take(_ state: SessionState, _ piece: StatePiece, from gateway: String) -> Bool {
    let known = copies[state.key]
    if let known {
      guard isClaim(state.epoch, by: gateway, newerThan: known.claim, by: known.gateway) else { return false }
    }
    let isSame = known.map { $0.gateway == gateway && $0.state.stream == state.stream && !$0.isLost } == true
    // A change of what is not here says nothing.
    guard piece.isFirst || isSame else { return true }
    let copy: Copy
    if let known, isSame {
      copy = known
      byteCount -= copy.byteCount
    } else {
      if let known { forget(known) }
      copy = Copy(state, gateway)
      copies[state.key] = copy
    }
    if piece.isFirst { copy.idleSince = nil }
    copy.take(state, piece)
    byteCount += copy.byteCount
    if copy.idleSince == nil { active[state.stream] = copy }
    dropIfFull(copy)
    return true
  }

  private func dropIfFull(_ copy: Copy) {
    guard byteCount > limitBytes else { return }
    forget(copy)
    dropped += 1
  }

  private func forget(_ copy: Copy) {
    byteCount -= copy.byteCount
    copies[copy.state.key] = nil
    if active[copy.state.stream] === copy { active[copy.state.stream] = nil }
  }

  /// The active copy of a stream, if it is this gateway's: its loops have streams of the same names.
  private func copy(of stream: StreamID, from gateway: String) -> Copy? {
    guard let copy = active[stream], copy.gateway == gateway else { return nil }
    return copy
  }

  /// So much was added to a copy, which is dropped if that is too much.
  private func added(_ bytes: Int, to copy: Copy) {
    byteCount += bytes
    dropIfFull(copy)
  }

  /// A piece of a chunk has come.
  func received(_ header: ChunkHeader, _ piece: ChunkPiece, from gateway: String) {
    guard let copy = copy(of: header.stream, from: gateway) else { return }
    let before = copy.chunks.byteCount
    if piece.offset == 0 {
      copy.chunks.append(.init(seq: header.seq, isMessage: header.isMessage), piece.bytes, isWhole: piece.isLast)
    } else {
      copy.chunks.extendLast(piece.bytes, isWhole: piece.isLast)
    }
    added(copy.chunks.byteCount - before, to: copy)
  }

  /// A gateway's stream was answered, with this frame.
  func replied(_ stream: StreamID, _ frame: UnsafeRawBufferPointer, to gateway: String) {
    guard let copy = copy(of: stream, from: gateway) else { return }
    copy.replies.append(.init(seq: WorkerReply.answeredChunk(in: frame)), frame)
    added(frame.count, to: copy)
  }

  /// A gateway's stream is no longer on this worker.
  func closed(_ stream: StreamID, of gateway: String, now: Duration) {
    guard let copy = copy(of: stream, from: gateway) else { return }
    active[stream] = nil
    copy.idleSince = now
  }

  /// The gateway of these streams is gone.
  func lost(_ gateway: String, now: Duration) {
    for copy in copies.values where copy.gateway == gateway && !copy.isLost {
      if active[copy.state.stream] === copy { active[copy.state.stream] = nil }
      copy.idleSince = copy.idleSince ?? now
      copy.isLost = true
    }
  }

  func forget(_ key: SessionKey, epoch: UInt64) {
    if let copy = copies[key], copy.claim <= epoch { forget(copy) }
  }

  /// Forgets copies that nobody has come for.
  func forgetIdle(now: Duration) {
    for copy in copies.values { if let since = copy.idleSince, now - since >= Self.idleTime { forget(copy) } }
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
    guard isClaim(epoch, by: gateway, newerThan: copy.claim, by: copy.gateway) else { return .fenced }
    let loser = copy.idleSince == nil ? (copy.gateway, copy.state.stream) : nil
    if active[copy.state.stream] === copy { active[copy.state.stream] = nil }
    byteCount -= copy.byteCount
    copy.move(to: gateway, claim: epoch, now: now)
    byteCount += copy.byteCount
    return .image(Self.image(copy), epoch: copy.state.epoch, from: loser)
  }

  /// As `SessionImage` of the gateway reads it.
  private static func image(_ copy: Copy) -> [UInt8] {
    var writer = StateWriter()
    writer.add(Int(truncatingIfNeeded: copy.state.stream.number))
    copy.bytes.withUnsafeBytes { writer.add($0) }
    copy.chunks.write(to: &writer) { writer, chunk in
      writer.add(chunk.seq)
      writer.add(chunk.isMessage)
    }
    copy.replies.write(to: &writer) { _, _ in }
    return writer.bytes
  }
}
