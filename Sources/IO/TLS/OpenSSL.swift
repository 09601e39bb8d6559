internal import COpenSSL
import Glibc
internal import Platform

/// What connections of one kind have in common: a server's certificate, or the authorities that a client trusts.
/// Immutable, so loops may share it.
public final class TLSContext: @unchecked Sendable {
  private let raw: OpaquePointer

  /// One set of ticket keys for the whole process, so that a client can resume its session on any loop, and after the
  /// certificate was replaced. They are never written anywhere and end with the process.
  private static let ticketKeys = randomBytes(80)
  private static let protocols: [UInt8] = [8] + Array("http/1.1".utf8)

  private init(_ method: OpaquePointer?) throws(IOError) {
    guard let raw = SSL_CTX_new(method) else { throw .library(call: "SSL_CTX_new", reason: Self.reason) }
    self.raw = raw
    _ = copenssl_minimum_version_1_2(raw)
    copenssl_modes(raw)
    copenssl_no_session_cache(raw)
    // A client could make us do its expensive half again and again.
    SSL_CTX_set_options(raw, UInt64(copenssl_no_renegotiation()))
  }

  deinit { SSL_CTX_free(raw) }

  /// - Throws: `badCertificate` with the file that can't be used.
  public convenience init(serving files: CertificateFiles) throws(IOError) {
    try self.init(TLS_server_method())
    try use(files)
    var keys = Self.ticketKeys
    copenssl_ticket_keys(raw, &keys, keys.count)
    SSL_CTX_set_alpn_select_cb(raw, selectProtocol, nil)
  }

  private func use(_ files: CertificateFiles) throws(IOError) {
    ERR_clear_error()
    guard SSL_CTX_use_certificate_chain_file(raw, files.certificate.systemName) == 1 else {
      throw .badCertificate(file: files.certificate, reason: Self.reason)
    }
    guard SSL_CTX_use_PrivateKey_file(raw, files.key.systemName, copenssl_pem()) == 1,
      SSL_CTX_check_private_key(raw) == 1
    else { throw .badCertificate(file: files.key, reason: Self.reason) }
  }

  /// - Parameters:
  ///   - authorities: a file in PEM with the certificates that servers' must be signed by; nil: the system's.
  ///   - identity: the client's own certificate, for servers that want one.
  ///   - isHTTP: whether HTTP/1.1 is offered.
  public convenience init(
    trusting authorities: String?, as identity: CertificateFiles? = nil, isHTTP: Bool = true
  ) throws(IOError) {
    try self.init(TLS_client_method())
    if let identity { try use(identity) }
    ERR_clear_error()
    if let authorities {
      guard SSL_CTX_load_verify_file(raw, authorities.systemName) == 1 else {
        throw .badCertificate(file: authorities, reason: Self.reason)
      }
    } else {
      SSL_CTX_set_default_verify_paths(raw)
    }
    SSL_CTX_set_verify(raw, SSL_VERIFY_PEER, nil)
    guard isHTTP else { return }
    _ = Self.protocols.withUnsafeBufferPointer { SSL_CTX_set_alpn_protos(raw, $0.baseAddress, UInt32($0.count)) }
  }

  /// When the certificate that it serves expires, in seconds since 1970; nil if it has none.
  public var certificateExpiry: Int? {
    var time = tm()
    guard let certificate = SSL_CTX_get0_certificate(raw),
      ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &time) == 1
    else { return nil }
    return timegm(&time)
  }

  /// The server's end of a connection.
  func accept(_ buffers: TLSBuffers) -> TLSSession {
    let session = TLSSession(ssl, buffers)
    session.beServer()
    return session
  }

  /// The client's end of a connection to a host, whose name or address the certificate must have.
  func connect(to host: String, _ buffers: TLSBuffers) -> TLSSession {
    let ssl = ssl
    let session = TLSSession(ssl, buffers)
    session.beClient()
    if X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host) != 1 {
      copenssl_server_name(ssl, host)
      SSL_set1_host(ssl, host)
    }
    return session
  }

  private var ssl: OpaquePointer {
    guard let ssl = SSL_new(raw) else { preconditionFailure("No memory for a TLS connection.") }
    return ssl
  }

  /// The first error of OpenSSL's queue, which is the cause of the others.
  static var reason: String {
    let code = ERR_get_error()
    ERR_clear_error()
    guard code != 0 else { return "the peer closed the connection" }
    var text = [CChar](repeating: 0, count: 256)
    ERR_error_string_n(code, &text, text.count)
    let whole = text.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" }
    // "error:80000002:system library::No such file or directory"
    return whole.split(separator: ":").last.map(String.init) ?? whole
  }
}

/// Agrees to HTTP/1.1 if the client offers it, and to nothing otherwise: a client without ALPN means HTTP/1.1, too.
private func selectProtocol(
  _: OpaquePointer?, out: UnsafeMutablePointer<UnsafePointer<UInt8>?>?, outCount: UnsafeMutablePointer<UInt8>?,
  offered: UnsafePointer<UInt8>?, count: UInt32, _: UnsafeMutableRawPointer?
) -> Int32 {
  guard let offered else { return SSL_TLSEXT_ERR_NOACK }
  let wanted = Array("http/1.1".utf8)
  var offset = 0
  while offset < Int(count) {
    let length = Int(offered[offset])
    let name = UnsafeBufferPointer(start: offered + offset + 1, count: min(length, Int(count) - offset - 1))
    if name.elementsEqual(wanted) {
      out?.pointee = offered + offset + 1
      outCount?.pointee = UInt8(length)
      return SSL_TLSEXT_ERR_OK
    }
    offset += 1 + length
  }
  return SSL_TLSEXT_ERR_NOACK
}

/// TLS of one connection. Bytes come and go through memory, so one read of the socket can bring many records, and
/// everything written in a round leaves at once.
///
/// States: handshaking, then established.
final class TLSSession {
  enum InputEnd: Equatable {
    case more
    /// The peer will send nothing more.
    case closed
    case failed(reason: String)
  }

  private let ssl: OpaquePointer
  private var buffers: TLSBuffers
  /// Encrypted bytes that the kernel has not taken.
  var unsent = OutputBuffer()
  private(set) var isEstablished = false
  private(set) var isServer = false
  private var hasHeard = false

  nonisolated(unsafe) private static let method: OpaquePointer? = {
    let method = BIO_meth_new(copenssl_bio_type(), "loop")
    BIO_meth_set_read(method, readInput)
    BIO_meth_set_write(method, writeOutput)
    BIO_meth_set_ctrl(method) { _, command, _, _ in command == copenssl_flush_control() ? 1 : 0 }
    BIO_meth_set_create(method) { bio in
      BIO_set_init(bio, 1)
      return 1
    }
    return method
  }()

  init(_ ssl: OpaquePointer, _ buffers: TLSBuffers) {
    self.ssl = ssl
    self.buffers = buffers
    let bio = BIO_new(Self.method)
    BIO_set_data(bio, buffers.passage)
    SSL_set_bio(ssl, bio, bio)
  }

  deinit {
    SSL_free(ssl)
    unsent.discard()
  }

  /// Works with another loop's memory from now on.
  func use(_ buffers: TLSBuffers) {
    self.buffers = buffers
    BIO_set_data(SSL_get_rbio(ssl), Unmanaged.passUnretained(buffers).toOpaque())
  }

  func beServer() {
    isServer = true
    SSL_set_accept_state(ssl)
  }
  func beClient() { SSL_set_connect_state(ssl) }

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

  /// Continues the handshake.
  /// - Returns: why it failed, if it did.
  func handshake() -> StreamEnd? {
    buffers.passage.pointee.forgetEncrypted()
    ERR_clear_error()
    let result = SSL_do_handshake(ssl)
    if result == 1 {
      isEstablished = true
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

  /// Decrypts everything given. The bytes are valid until the next call on this loop.
  func decrypt() -> (plain: UnsafeMutableRawBufferPointer, end: InputEnd) {
    buffers.passage.pointee.forgetEncrypted()
    let room = buffers.plain
    var count = 0
    var end = InputEnd.more
    // It reads no further than the record it returns, so nothing is left in it when all was taken.
    while end == .more, buffers.passage.pointee.input.count > 0 {
      guard count < room.count else { preconditionFailure("Decrypting made more bytes than came.") }
      let read = SSL_read(ssl, room.baseAddress.unsafelyUnwrapped + count, Int32(room.count - count))
      if read > 0 { count += Int(read) } else { end = inputEnd(read) }
    }
    return (UnsafeMutableRawBufferPointer(rebasing: room[..<count]), end)
  }

  private func inputEnd(_ result: Int32) -> InputEnd {
    // Asked first, since an error that another call has left would be taken for this one's.
    if SSL_want(ssl) == SSL_READING { return .more }
    return switch SSL_get_error(ssl, result) {
    case SSL_ERROR_ZERO_RETURN: .closed
    default: .failed(reason: "TLS: \(TLSContext.reason)")
    }
  }

  /// What one call encrypts at most: it bounds what is kept encrypted if the peer does not read.
  private static let mostEncrypted = 128 << 10

  /// Encrypts the first of these bytes, in as few records as possible.
  /// - Returns: how many; nil if that failed.
  func encrypt(_ plain: UnsafeRawBufferPointer) -> Int? {
    buffers.passage.pointee.forgetEncrypted()
    let written = SSL_write(ssl, plain.baseAddress, Int32(min(plain.count, Self.mostEncrypted)))
    return written > 0 ? Int(written) : nil
  }

  /// Tells the peer that nothing more follows.
  func shutDown() {
    buffers.passage.pointee.forgetEncrypted()
    SSL_shutdown(ssl)
    ERR_clear_error()
  }
}

/// Memory that the TLS sessions of one loop share: each uses it only during a call.
final class TLSBuffers {
  fileprivate let passage = UnsafeMutablePointer<TLSPassage>.allocate(capacity: 1)
  /// A whole read decrypted, and the record that was incomplete before.
  let plain = UnsafeMutableRawBufferPointer.allocate(
    byteCount: StreamScheduler.readBytes + (32 << 10), alignment: 64)

  init() { passage.initialize(to: TLSPassage()) }

  deinit {
    passage.pointee.free()
    passage.deallocate()
    plain.deallocate()
  }
}

/// Between OpenSSL and a stream. OpenSSL's calls find it by its address, without a reference to count.
private struct TLSPassage {
  /// What OpenSSL may read.
  var input = UnsafeRawBufferPointer(start: nil, count: 0)
  /// What it has written.
  private var output: UnsafeMutableRawPointer?
  private var outputBytes = 0
  private var capacity = 0

  var encrypted: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: output, count: outputBytes) }

  mutating func forgetEncrypted() { outputBytes = 0 }

  mutating func read(into target: UnsafeMutableRawPointer, _ count: Int) -> Int {
    guard let source = input.baseAddress else { return 0 }
    let taken = min(count, input.count)
    target.copyMemory(from: source, byteCount: taken)
    input = UnsafeRawBufferPointer(start: source + taken, count: input.count - taken)
    return taken
  }

  mutating func write(_ source: UnsafeRawPointer, _ count: Int) {
    if capacity - outputBytes < count {
      capacity = max(outputBytes + count, 2 * capacity, 32 << 10)
      output = realloc(output, capacity)
    }
    guard let output else { preconditionFailure("No memory for \(capacity) encrypted bytes.") }
    (output + outputBytes).copyMemory(from: source, byteCount: count)
    outputBytes += count
  }

  func free() { Glibc.free(output) }
}

private func readInput(_ bio: OpaquePointer?, target: UnsafeMutablePointer<CChar>?, count: Int32) -> Int32 {
  copenssl_clear_retry(bio)
  guard let data = BIO_get_data(bio), let target else { return -1 }
  let taken = data.assumingMemoryBound(to: TLSPassage.self).pointee.read(into: target, Int(count))
  if taken > 0 { return Int32(taken) }
  copenssl_retry_read(bio)
  return -1
}

private func writeOutput(_ bio: OpaquePointer?, source: UnsafePointer<CChar>?, count: Int32) -> Int32 {
  copenssl_clear_retry(bio)
  guard let data = BIO_get_data(bio), let source else { return -1 }
  data.assumingMemoryBound(to: TLSPassage.self).pointee.write(source, Int(count))
  return count
}
