/// TLS of one connection. Bytes come and go through memory, so one read of the socket can bring many records, and
/// everything written in a round leaves at once.
///
/// States: handshaking, then established.
final class TLSSession {
  private enum Layer {
    /// The client has said nothing.
    case none(TLSContext)
    case openSSL(OpenSSLConnection)
    case records(TLSRecords)
  }

  private var layer: Layer
  private var buffers: TLSBuffers
  /// Encrypted bytes that the kernel has not taken.
  var unsent = OutputBuffer()
  private(set) var isEstablished = false
  let isServer: Bool
  /// The records, if OpenSSL's object is gone and they are ours.
  var records: TLSRecords? { if case .records(let records) = layer { records } else { nil } }
  private var hasHeard = false
  /// For the records after a server's handshake.
  private var secrets: TrafficSecrets?

  /// A server's end. It takes memory when the client speaks, since most that never do are many at once.
  init(serving context: TLSContext, _ buffers: TLSBuffers) {
    layer = .none(context)
    isServer = true
    self.buffers = buffers
  }

  /// A client's end of a connection to a host, whose name or address the certificate must have.
  init(_ context: TLSContext, to host: String, _ buffers: TLSBuffers) {
    let connection = OpenSSLConnection(context, to: host)
    layer = .openSSL(connection)
    isServer = false
    self.buffers = buffers
    connection.use(buffers.passage)
  }

  deinit { unsent.discard() }

  /// Works with another loop's memory from now on.
  func use(_ buffers: TLSBuffers) {
    self.buffers = buffers
    if case .openSSL(let connection) = layer { connection.use(buffers.passage) }
  }

  /// Whether the peer's first bytes, which these are the first time, begin no record of TLS (RFC 8446, 5.1).
  func isForeign(_ input: UnsafeMutableRawBufferPointer) -> Bool {
    guard !hasHeard, let first = input.first else { return false }
    hasHeard = true
    return !(20...24).contains(first)
  }

  /// Bytes from the network, for `handshake` and `decrypt`; they must stay valid until those have returned.
  func give(_ input: UnsafeRawBufferPointer?) {
    buffers.passage.pointee.input = input ?? UnsafeRawBufferPointer(start: nil, count: 0)
  }

  /// Output of the last call, until the next one on this loop.
  var encrypted: UnsafeRawBufferPointer { buffers.passage.pointee.encrypted }

  /// The kernel has taken so many of the encrypted bytes; the others are kept.
  func keepEncrypted(after sent: Int, in pool: BlockPool) {
    let encrypted = encrypted
    if sent < encrypted.count { unsent.append(UnsafeRawBufferPointer(rebasing: encrypted[sent...]), from: pool) }
    buffers.passage.pointee.forgetEncrypted()
  }

  // MARK: The handshake

  /// Continues the handshake.
  /// - Returns: why it failed, if it did.
  func handshake() -> StreamEnd? {
    buffers.passage.pointee.forgetEncrypted()
    let connection = connection()
    buffers.passage.pointee.secrets = secrets.map { Unmanaged.passUnretained($0) }
    defer { buffers.passage.pointee.secrets = nil }
    switch connection.handshake() {
    case .unfinished: return nil
    case .failed(let end): return end
    case .finished:
      isEstablished = true
      takeOver(connection)
      return nil
    }
  }

  /// OpenSSL's object of a connection whose handshake is not over.
  private func connection() -> OpenSSLConnection {
    switch layer {
    case .openSSL(let connection): return connection
    case .none(let context):
      let connection = OpenSSLConnection(serving: context)
      connection.use(buffers.passage)
      secrets = TrafficSecrets()
      layer = .openSSL(connection)
      return connection
    case .records: preconditionFailure("A handshake is over when its records are taken over.")
    }
  }

  /// Frees OpenSSL's object if what remains to be done are records that we can make. OpenSSL has read exactly the
  /// client's last message then, since it asks for no more than a record, and has written nothing with the new keys but
  /// session tickets, which the last call has left here.
  private func takeOver(_ connection: OpenSSLConnection) {
    guard let secrets else { return }
    self.secrets = nil
    guard let suite = connection.untouchedSuite, let written = TLSRecords.count(in: encrypted),
      let records = TLSRecords(suite, secrets, written: written)
    else { return }
    layer = .records(records)
  }

  /// The connection is over.
  func end() { if case .records(let records) = layer { records.forget(in: buffers.ciphers) } }

  // MARK: Data

  /// Decrypts everything given. The bytes are valid until the next call on this loop.
  func decrypt() -> (plain: UnsafeMutableRawBufferPointer, end: TLSInputEnd) {
    buffers.passage.pointee.forgetEncrypted()
    let (count, end) =
      switch layer {
      case .records(let records): open(records)
      case .openSSL(let connection): read(connection)
      case .none: (count: 0, end: TLSInputEnd.more)
      }
    return (UnsafeMutableRawBufferPointer(rebasing: buffers.plain[..<count]), end)
  }

  private func open(_ records: TLSRecords) -> (count: Int, end: TLSInputEnd) {
    let opened = records.open(buffers.passage.pointee.input, into: buffers.plain, buffers.ciphers, buffers.pool)
    give(nil)
    if case .failed(let fault) = opened.end {
      if let alert = fault.alert {
        sealed(records.seal(alert, into: room(TLSRecords.mostMessageBytes), buffers.ciphers))
      }
    } else if records.owesKeyUpdate, unsent.count == 0 {
      // While the peer does not read, the answer waits for the next data, and is one, however often it asks.
      sealed(records.sealKeyUpdate(into: room(TLSRecords.mostMessageBytes), buffers.ciphers))
    }
    return opened
  }

  /// Room for so many encrypted bytes; those that are there are reported with `sealed`.
  private func room(_ most: Int) -> UnsafeMutableRawPointer { buffers.passage.pointee.room(most) }
  private func sealed(_ count: Int) { buffers.passage.pointee.advance(count) }

  private func read(_ connection: OpenSSLConnection) -> (count: Int, end: TLSInputEnd) {
    let room = buffers.plain
    var count = 0
    // It reads no further than the record it returns, so nothing is left in it when all was taken.
    while buffers.passage.pointee.input.count > 0 {
      guard count < room.count else { preconditionFailure("Decrypting made more bytes than came.") }
      let read = connection.read(into: UnsafeMutableRawBufferPointer(rebasing: room[count...]))
      count += read.count
      guard read.end == .more else { return (count, read.end) }
    }
    return (count, .more)
  }

  /// The most that one call encrypts. It bounds what is kept if the peer does not read.
  private static let mostEncrypted = 128 << 10

  /// Encrypts the first of these bytes, in as few records as possible.
  /// - Returns: how many; nil if that failed.
  func encrypt(_ plain: UnsafeRawBufferPointer) -> Int? {
    buffers.passage.pointee.forgetEncrypted()
    let count = min(plain.count, Self.mostEncrypted)
    switch layer {
    case .records(let records):
      let plain = UnsafeRawBufferPointer(rebasing: plain[..<count])
      sealed(records.seal(plain, into: room(TLSRecords.mostSealedBytes(count)), buffers.ciphers))
      return count
    case .openSSL(let connection): return connection.write(UnsafeRawBufferPointer(rebasing: plain[..<count]))
    case .none: return nil
    }
  }

  /// Tells the peer that nothing more follows.
  func shutDown() {
    buffers.passage.pointee.forgetEncrypted()
    switch layer {
    case .records(let records):
      sealed(records.seal(.closeNotify, into: room(TLSRecords.mostMessageBytes), buffers.ciphers))
    case .openSSL(let connection): connection.shutDown()
    case .none: break
    }
  }
}
