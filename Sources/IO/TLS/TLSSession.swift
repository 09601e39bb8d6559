internal import COpenSSL
import Glibc

/// TLS of one connection. Bytes come and go through memory, so one read of the socket can bring many records, and
/// everything written in a round leaves at once.
///
/// States: handshaking, then established.
final class TLSSession {
  private enum Layer {
    /// The client has said nothing.
    case none(TLSContext)
    case openSSL(OpaquePointer)
    case records(TLSRecords)
  }

  private var layer: Layer
  private var buffers: TLSBuffers
  /// Encrypted bytes that the kernel has not taken.
  var unsent = OutputBuffer()
  private(set) var isEstablished = false
  let isServer: Bool
  /// Whether OpenSSL's object is gone, and the records are ours.
  var hasOwnRecords: Bool { if case .records = layer { true } else { false } }
  private var hasHeard = false
  /// For the records after a server's handshake.
  private var secrets: TrafficSecrets?

  /// A server's end. It takes memory when the client speaks, since most that never do are many at once.
  init(serving context: TLSContext, _ buffers: TLSBuffers) {
    layer = .none(context)
    isServer = true
    self.buffers = buffers
  }

  /// A client's end.
  init(connecting ssl: OpaquePointer, _ buffers: TLSBuffers) {
    layer = .openSSL(ssl)
    isServer = false
    self.buffers = buffers
    buffers.serve(ssl)
    SSL_set_connect_state(ssl)
  }

  deinit {
    if case .openSSL(let ssl) = layer { SSL_free(ssl) }
    unsent.discard()
  }

  /// Works with another loop's memory from now on.
  func use(_ buffers: TLSBuffers) {
    self.buffers = buffers
    if case .openSSL(let ssl) = layer { buffers.serve(ssl) }
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

  /// What the last call has encrypted, until the next call on this loop.
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
    ERR_clear_error()
    let ssl = connection()
    buffers.passage.pointee.secrets = secrets.map { Unmanaged.passUnretained($0) }
    let result = SSL_do_handshake(ssl)
    buffers.passage.pointee.secrets = nil
    if result == 1 {
      isEstablished = true
      takeOver(ssl)
      return nil
    }
    guard SSL_get_error(ssl, result) != SSL_ERROR_WANT_READ else { return nil }
    let verification = SSL_get_verify_result(ssl)
    guard verification == Int(X509_V_OK) else {
      ERR_clear_error()
      let text = X509_verify_cert_error_string(verification).map { String(cString: $0) }
      return .untrusted(reason: text ?? "error \(verification)")
    }
    return .broken(reason: "TLS: \(TLSContext.reason)")
  }

  /// OpenSSL's object of a connection whose handshake is not over.
  private func connection() -> OpaquePointer {
    switch layer {
    case .openSSL(let ssl): return ssl
    case .none(let context):
      let ssl = context.newConnection()
      buffers.serve(ssl)
      SSL_set_accept_state(ssl)
      secrets = TrafficSecrets()
      layer = .openSSL(ssl)
      return ssl
    case .records: preconditionFailure("A handshake is over when its records are taken over.")
    }
  }

  /// Frees OpenSSL's object if what remains to be done are records that we can make. OpenSSL has read exactly the
  /// client's last message then, since it asks for no more than a record, and has written nothing with the new keys but
  /// session tickets, which the last call has left here.
  private func takeOver(_ ssl: OpaquePointer) {
    guard let secrets else { return }
    self.secrets = nil
    guard SSL_version(ssl) == TLS1_3_VERSION, SSL_has_pending(ssl) == 0,
      let suite = TLSCipherSuite(rawValue: SSL_CIPHER_get_protocol_id(SSL_get_current_cipher(ssl))),
      let written = TLSRecords.count(in: encrypted), let records = TLSRecords(suite, secrets, written: written)
    else { return }
    layer = .records(records)
    SSL_free(ssl)
  }

  // MARK: Data

  /// Decrypts everything given. The bytes are valid until the next call on this loop.
  func decrypt() -> (plain: UnsafeMutableRawBufferPointer, end: TLSInputEnd) {
    buffers.passage.pointee.forgetEncrypted()
    let (count, end) =
      switch layer {
      case .records(let records): open(records)
      case .openSSL(let ssl): read(ssl)
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

  private func read(_ ssl: OpaquePointer) -> (count: Int, end: TLSInputEnd) {
    let room = buffers.plain
    var count = 0
    var end = TLSInputEnd.more
    // It reads no further than the record it returns, so nothing is left in it when all was taken.
    while end == .more, buffers.passage.pointee.input.count > 0 {
      guard count < room.count else { preconditionFailure("Decrypting made more bytes than came.") }
      let read = SSL_read(ssl, room.baseAddress.unsafelyUnwrapped + count, Int32(room.count - count))
      if read > 0 { count += Int(read) } else { end = inputEnd(ssl, read) }
    }
    return (count, end)
  }

  private func inputEnd(_ ssl: OpaquePointer, _ result: Int32) -> TLSInputEnd {
    // Asked first, since an error that another call has left would be taken for this one's.
    if SSL_want(ssl) == SSL_READING { return .more }
    return switch SSL_get_error(ssl, result) {
    case SSL_ERROR_ZERO_RETURN: .closed
    default: .failed(TLSFault(told: TLSContext.reason))
    }
  }

  /// What one call encrypts at most: it bounds what is kept encrypted if the peer does not read.
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
    case .openSSL(let ssl):
      let written = SSL_write(ssl, plain.baseAddress, Int32(count))
      return written > 0 ? Int(written) : nil
    case .none: return nil
    }
  }

  /// Tells the peer that nothing more follows.
  func shutDown() {
    buffers.passage.pointee.forgetEncrypted()
    switch layer {
    case .records(let records):
      sealed(records.seal(.closeNotify, into: room(TLSRecords.mostMessageBytes), buffers.ciphers))
    case .openSSL(let ssl):
      SSL_shutdown(ssl)
      ERR_clear_error()
    case .none: break
    }
  }
}
