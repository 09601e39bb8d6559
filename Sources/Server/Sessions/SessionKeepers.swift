import WorkerLink

/// Workers that keep copies of the sessions whose streams they have, and the way to other servers.
protocol SessionKeepers: AnyObject {
  /// The worker in this slot, if it keeps copies.
  func keeper(in slot: Int) -> String?
  /// Whether every worker has had the time to be known.
  var hasHeardAll: Bool { get }
  /// Slots whose workers keep copies.
  var keeperSlots: [Int] { get }
  /// Has the worker keep this.
  /// - Parameter isFull: it is all of the state, and takes the place of what the worker has.
  func keep(_ state: SessionState, isFull: Bool, _ bytes: UnsafeRawBufferPointer, in slot: Int)
  /// Asks the worker for its copy.
  func take(_ key: SessionKey, epoch: UInt64, from slot: Int)
  /// The worker needs its copy no more.
  func forget(_ key: SessionKey, epoch: UInt64, in slot: Int)
  /// Asks all servers for theirs.
  func ask(for key: SessionKey, epoch: UInt64)
  /// Gives another server a copy.
  func give(_ copy: CopyMessage, to server: String)
}

/// Takes what other servers ask for and give.
protocol SessionKeepersOwner: AnyObject {
  /// A server has claimed the session and wants a copy.
  func keepers(asked question: CopyQuestion)
  func keepers(gave copy: CopyMessage, by server: String)
  /// No broker was heard for seconds.
  func keepersAreCutOff()
}

/// A part of a session's copy on its way between servers.
struct CopyMessage: Equatable {
  var key: SessionKey
  var epoch: UInt64
  var piece: StatePiece

  private static let headerBytes = SessionKey.byteCount + 8 + 1

  /// A copy as messages: each well below the broker's limit.
  static func messages(_ key: SessionKey, epoch: UInt64, _ image: [UInt8]) -> [CopyMessage] {
    var messages: [CopyMessage] = []
    image.withUnsafeBytes { bytes in
      StatePiece.cut(bytes, isFirst: true) { flags, piece in
        messages.append(CopyMessage(key: key, epoch: epoch, piece: StatePiece(flags: flags, piece)))
      }
    }
    return messages
  }

  init(key: SessionKey, epoch: UInt64, piece: StatePiece) {
    self.key = key
    self.epoch = epoch
    self.piece = piece
  }

  init?(_ payload: UnsafeRawBufferPointer) {
    guard payload.count >= Self.headerBytes, let (key, epoch) = Self.head(payload) else { return nil }
    self.init(
      key: key, epoch: epoch,
      piece: StatePiece(
        flags: payload[Self.headerBytes - 1], UnsafeRawBufferPointer(rebasing: payload[Self.headerBytes...])))
  }

  var bytes: [UInt8] { Self.head(key, epoch) + [piece.flags] + piece.bytes }

  fileprivate static func head(_ key: SessionKey, _ epoch: UInt64) -> [UInt8] {
    key.bytes + withUnsafeBytes(of: epoch.littleEndian) { Array($0) }
  }

  fileprivate static func head(_ payload: UnsafeRawBufferPointer) -> (key: SessionKey, epoch: UInt64)? {
    guard payload.count >= SessionKey.byteCount + 8, let key = SessionKey(payload.prefix(SessionKey.byteCount)) else {
      return nil
    }
    return (key, UInt64(littleEndian: payload.loadUnaligned(fromByteOffset: SessionKey.byteCount, as: UInt64.self)))
  }
}

/// A server's question to all others: who has a copy of this session?
struct CopyQuestion: Equatable {
  var key: SessionKey
  /// The session's, as the asking server has claimed it.
  var epoch: UInt64
  /// The asking loop in subjects.
  var server: String

  init(key: SessionKey, epoch: UInt64, server: String) {
    self.key = key
    self.epoch = epoch
    self.server = server
  }

  init?(_ payload: UnsafeRawBufferPointer) {
    guard let (key, epoch) = CopyMessage.head(payload) else { return nil }
    let server = String(decoding: payload[(SessionKey.byteCount + 8)...], as: UTF8.self)
    guard LinkSubject.process(in: "as.copy.\(server)") == server else { return nil }
    self.init(key: key, epoch: epoch, server: server)
  }

  var bytes: [UInt8] { CopyMessage.head(key, epoch) + Array(server.utf8) }
}
