import Audio
import Dialects
import Recognition
import Streams
import Web

/// Opens a session for each channel.
protocol ChannelOwner: SessionOwner {
  func session(
    _ request: StreamRequest, _ dialect: any SessionDialect, as identity: SessionIdentity?, for client: ClientIdentity,
    digest: StreamDigest?
  ) -> Session
  /// More or less is held than before, in bytes.
  func held(_ before: Int, now after: Int)
  /// A file whose channels are recognized apart.
  func file(_ event: @escaping (LiveFile.Event) -> Void) -> LiveFile
  func share(_ file: LiveFile, with session: Session)
  func carryOut(_ held: LiveFileCourse.Held)
  func failed(_ problem: LiveFileProblem, for session: Session)
}

/// A client whose channels are recognized apart: each is a session of its own, and all of them share its connection.
final class ChannelGroup {
  private enum Mode {
    /// The header of a WAV file is on its way, from the client or the decoder of another file.
    case header(WaveHeaderReader)
    case apart(ChannelSplitter)
    /// There is one channel, or what comes is nothing that could be taken apart, and its session says so.
    case whole
  }

  private let opening: Opening
  /// Of the first session.
  private let identity: SessionIdentity
  private let client: ClientIdentity
  private unowned let owner: any ChannelOwner
  private var mode: Mode
  private(set) var sessions: [Session] = []
  private var channels: [ChannelConnection] = []
  private var connection: (any SessionConnection)?
  /// The part of a header received so far.
  private var held: [UInt8] = []
  /// Of everything as it came.
  private let digest = StreamDigest()
  /// Nil if it is known what the samples are.
  private var file: Reading?

  private struct Reading {
    let file: LiveFile
    var isDecoded = false
    var hasFailed = false
    /// Texts that came before the channels were known.
    var texts: [[UInt8]] = []
  }

  init(_ opening: Opening, as identity: SessionIdentity, client: ClientIdentity, owner: any ChannelOwner) {
    (self.opening, self.identity, self.client, self.owner) = (opening, identity, client, owner)
    if let format = opening.channels?.format {
      let splitter = ChannelSplitter(format)
      mode = .apart(splitter)
      makeSessions(splitter, as: identity)
    } else {
      mode = .header(WaveHeaderReader())
      file = Reading(file: owner.file { [weak self] in self?.read($0) })
      add(opening.dialect(identity), opening.request, as: identity)
    }
  }

  private func read(_ event: LiveFile.Event) {
    switch event {
    case .audio(let audio): receive(audio: audio)
    case .taken(let message):
      file?.isDecoded = true
      digest.update(message)
      for session in sessions { owner.received(nil, of: session === first ? message.count : 0, from: session) }
    case .due(let held) where held.request == .texts: deliverTexts()
    case .due(let held): owner.carryOut(held)
    case .failed(let problem):
      file?.hasFailed = true
      for session in sessions { owner.failed(problem, for: session) }
    case .reading(true): connection?.resumeReading()
    case .reading(false): connection?.pauseReading()
    }
  }

  private func makeSessions(_ splitter: ChannelSplitter, as identity: SessionIdentity) {
    var request = opening.request
    request.format = splitter.format
    let dialects = opening.channels?.dialects(identity, splitter.channels) ?? []
    for (index, dialect) in dialects.enumerated() {
      guard index < sessions.count else {
        add(dialect, request, as: identity)
        continue
      }
      sessions[index].dialect = dialect
      let start = ClientEvent.start(request, keepsChunks: false, settled: Settled())
      owner.received(start, of: 0, from: sessions[index])
    }
  }

  private func deliverTexts() {
    let texts = file?.texts ?? []
    file?.texts = []
    for text in texts {
      for session in sessions { text.withUnsafeBytes { session.received(.text($0), bytes: text.count) } }
    }
  }

  private func add(_ dialect: any SessionDialect, _ request: StreamRequest, as identity: SessionIdentity) {
    let digest = StreamDigest(partOf: digest)
    let session = owner.session(request, dialect, as: sessions.isEmpty ? identity : nil, for: client, digest: digest)
    sessions.append(session)
    if let file { owner.share(file.file, with: session) }
  }

  /// Names the client and the request.
  var first: Session { sessions[0] }

  /// The client has this connection.
  func attach(_ connection: any SessionConnection) {
    self.connection = connection
    attachSessions()
  }

  private func attachSessions() {
    guard let connection else { return }
    for session in sessions[channels.count...] {
      let channel = ChannelConnection(self, connection)
      channels.append(channel)
      // One is decided on with the request.
      session.admission = first.admission
      owner.opened(session, on: channel)
    }
  }

  // MARK: Audio

  private func receive(audio: UnsafeRawBufferPointer) {
    switch mode {
    case .header(var reader):
      held.append(contentsOf: audio)
      owner.held(held.count - audio.count, now: held.count)
      guard held.withUnsafeBytes({ WaveHeader.mayBegin($0) }) else { return begin(nil) }
      do throws(WaveHeaderError) {
        if let header = try reader.take(audio) { return begin(try header.format()) }
        mode = .header(reader)
        // It has sent something.
        owner.received(nil, of: audio.count, from: first)
      } catch {
        begin(nil)
      }
    case .whole:
      count(audio)
      deliver(audio, to: first)
    case .apart(var splitter):
      count(audio)
      let pieces: [[UInt8]]
      do throws(WaveHeaderError) { pieces = try splitter.take(audio) } catch {
        return first.emit(.closing(.unsupported(seq: 0, error)))
      }
      mode = .apart(splitter)
      for (session, piece) in zip(sessions, pieces) where !piece.isEmpty {
        piece.withUnsafeBytes { deliver($0, to: session) }
      }
    }
  }

  /// What was decoded came otherwise, and was counted then.
  private var isDecoded: Bool { file?.isDecoded == true }

  private func count(_ audio: UnsafeRawBufferPointer) { if !isDecoded { digest.update(audio) } }

  private func deliver(_ audio: UnsafeRawBufferPointer, to session: Session) {
    guard file != nil else { return session.received(.binary(audio), bytes: audio.count) }
    // It may be that of a client that has asked for the end already: the dialect takes no more messages.
    owner.received(.audio(audio), of: isDecoded ? 0 : audio.count, from: session)
  }

  /// The header is there, or nothing that could be one: it is read again with what follows.
  private func begin(_ format: AudioFormat?) {
    if let format, format.channels > 1 {
      let splitter = ChannelSplitter(format)
      mode = .apart(splitter)
      makeSessions(splitter, as: identity)
      attachSessions()
    } else {
      mode = .whole
    }
    let bytes = held
    held = []
    owner.held(bytes.count, now: 0)
    if !bytes.isEmpty { bytes.withUnsafeBytes { receive(audio: $0) } }
  }

  // MARK: From the channels

  /// The connection is read while none has too much.
  fileprivate func changedPause() {
    if channels.contains(where: \.isPaused) { connection?.pauseReading() } else { connection?.resumeReading() }
  }

  /// A channel that has everything waits for the others.
  fileprivate func closed(_ code: Int, _ reason: String) {
    let waits = code == 1000 || file?.hasFailed == true
    guard !waits || channels.allSatisfy(\.isComplete) else { return }
    connection?.close(code: code, reason: reason)
  }
}

extension ChannelGroup: AudioReceiver {
  func received(_ message: ClientMessage, bytes: Int) {
    switch message {
    case .binary(let audio):
      guard let file else { return receive(audio: audio) }
      file.file.receive(audio)
    case .text(let text):
      if case .header = mode, isDecoded, let file, file.file.hold(.texts, of: first.id) {
        self.file?.texts.append(Array(text))
        return
      }
      if case .header = mode, !held.isEmpty { begin(nil) }
      for session in sessions { session.received(message, bytes: bytes) }
    }
  }

  func drained() { for session in sessions { owner.drained(session) } }

  func closed(_ connection: any SessionConnection, code: Int?) {
    owner.held(held.count, now: 0)
    for (session, channel) in zip(sessions, channels) { owner.closed(channel, of: session, code: code) }
    (held, channels, self.connection) = ([], [], nil)
  }
}

extension ChannelGroup: WebSocketHandler {
  func opened(_ connection: WebSocketConnection) { attach(connection) }

  func received(_ bytes: UnsafeRawBufferPointer, kind: MessageKind, on peer: WebSocketPeer) {
    received(kind == .binary ? .binary(bytes) : .text(bytes), bytes: bytes.count)
  }

  func failed(_ connection: WebSocketConnection, fault: ConnectionFault) {
    first.failed(connection, fault: fault)
  }

  func drained(_ connection: WebSocketConnection) { drained() }

  func inputEnded(_ connection: WebSocketConnection, code: Int?) {
    for (session, channel) in zip(sessions, channels) { owner.inputEnded(channel, of: session, code: code) }
  }

  func closed(_ connection: WebSocketConnection, code: Int?) {
    closed(connection as any SessionConnection, code: code)
  }
}

/// A channel's share of the connection.
private final class ChannelConnection: SessionConnection {
  private weak var group: ChannelGroup?
  private let connection: any SessionConnection
  weak var holder: AnyObject?
  private(set) var isPaused = false
  private(set) var isComplete = false

  init(_ group: ChannelGroup, _ connection: any SessionConnection) {
    (self.group, self.connection) = (group, connection)
  }

  var peer: String { connection.peer }
  var unsentBytes: Int { connection.unsentBytes }

  func pauseReading() {
    isPaused = true
    group?.changedPause()
  }

  func resumeReading() {
    isPaused = false
    group?.changedPause()
  }

  func drop() { connection.drop() }
  func send(text: UnsafeRawBufferPointer) { connection.send(text: text) }
  func send(textUpTo bytes: Int, mayWait: Bool, _ write: (UnsafeMutableRawBufferPointer) -> Int) {
    connection.send(textUpTo: bytes, mayWait: mayWait, write)
  }
  func send(_ part: ResponsePart) { connection.send(part) }

  func close(code: Int, reason: String) {
    isComplete = true
    group?.closed(code, reason)
  }
}
