import Audio
import Dialects
import Recognition
import Streams
import Web

/// Opens a session for each channel.
protocol ChannelOwner: SessionOwner {
  func session(
    _ request: StreamRequest, _ dialect: any SessionDialect, as identity: SessionIdentity?, for client: ClientIdentity,
    digest: StreamDigest
  ) -> Session
  /// More or less is held than before, in bytes.
  func held(_ before: Int, now after: Int)
}

/// A client whose channels are recognized apart: each is a session of its own, and all of them share its connection.
final class ChannelGroup {
  private enum Mode {
    /// The header of a WAV file is on its way.
    case header(WaveHeaderReader)
    case apart(ChannelSplitter)
    /// There is one channel, or what comes is nothing that could be taken apart, and its session says so.
    case whole
  }

  private let opening: Opening
  private let client: ClientIdentity
  private unowned let owner: any ChannelOwner
  private var mode: Mode
  private(set) var sessions: [Session] = []
  private var channels: [ChannelConnection] = []
  private var connection: (any SessionConnection)?
  /// The part of a header received so far.
  private var held: [UInt8] = []
  /// Of all audio as it came.
  private let digest = StreamDigest()

  init(_ opening: Opening, as identity: SessionIdentity, client: ClientIdentity, owner: any ChannelOwner) {
    (self.opening, self.client, self.owner) = (opening, client, owner)
    if let format = opening.channels?.format {
      let splitter = ChannelSplitter(format)
      mode = .apart(splitter)
      makeSessions(splitter, as: identity)
    } else {
      mode = .header(WaveHeaderReader())
      add(opening.dialect(identity), opening.request, as: identity)
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

  private func add(_ dialect: any SessionDialect, _ request: StreamRequest, as identity: SessionIdentity) {
    let digest = StreamDigest(partOf: digest)
    let session = owner.session(request, dialect, as: sessions.isEmpty ? identity : nil, for: client, digest: digest)
    sessions.append(session)
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
      digest.update(audio)
      first.received(.binary(audio), bytes: audio.count)
    case .apart(var splitter):
      digest.update(audio)
      let pieces: [[UInt8]]
      do throws(WaveHeaderError) { pieces = try splitter.take(audio) } catch {
        return first.emit(.closing(.unsupported(seq: 0, error)))
      }
      mode = .apart(splitter)
      for (session, piece) in zip(sessions, pieces) where !piece.isEmpty {
        piece.withUnsafeBytes { session.received(.binary($0), bytes: $0.count) }
      }
    }
  }

  /// The header is there, or nothing that could be one: it is read again with what follows.
  private func begin(_ format: AudioFormat?) {
    if let format, format.channels > 1 {
      let splitter = ChannelSplitter(format)
      mode = .apart(splitter)
      makeSessions(splitter, as: first.identity)
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
    guard code != 1000 || channels.allSatisfy(\.isComplete) else { return }
    connection?.close(code: code, reason: reason)
  }
}

extension ChannelGroup: AudioReceiver {
  func received(_ message: ClientMessage, bytes: Int) {
    switch message {
    case .binary(let audio): receive(audio: audio)
    case .text:
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
