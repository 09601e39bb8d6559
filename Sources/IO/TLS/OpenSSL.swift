internal import COpenSSL
import Glibc
internal import Platform

/// The library as a whole.
enum OpenSSLLibrary {
  /// Keeps it from freeing what it has at `exit`: another thread may still use it, or be about to end.
  static let stays: Bool = OPENSSL_init_crypto(UInt64(OPENSSL_INIT_NO_ATEXIT), nil) == 1
}

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
    // For the records after the handshake; nobody else hears of them.
    SSL_CTX_set_keylog_callback(raw, noteSecret)
  }

  private func use(_ files: CertificateFiles) throws(IOError) {
    ERR_clear_error()
    guard SSL_CTX_use_certificate_chain_file(raw, files.certificate.systemName) == 1 else {
      throw .badCertificate(file: files.certificate, reason: Self.reason(expecting: "a certificate"))
    }
    guard SSL_CTX_use_PrivateKey_file(raw, files.key.systemName, copenssl_pem()) == 1,
      SSL_CTX_check_private_key(raw) == 1
    else { throw .badCertificate(file: files.key, reason: Self.reason(expecting: "a private key")) }
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
        throw .badCertificate(file: authorities, reason: Self.reason(expecting: "certificates"))
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

  fileprivate var connection: OpaquePointer {
    guard let ssl = SSL_new(raw) else { preconditionFailure("No memory for a TLS connection.") }
    return ssl
  }

  /// Why a file was not read: OpenSSL says of one that has something else that it has no beginning, or is unsupported.
  private static func reason(expecting content: String) -> String {
    let reason = Self.reason
    return ["no start line", "unsupported", "no certificate or crl found"].contains(reason)
      ? "expected \(content) in PEM" : reason
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

/// OpenSSL's object of a connection: its handshake, and its data as long as it does that, too.
final class OpenSSLConnection {
  enum Handshake {
    case unfinished
    case finished
    case failed(StreamEnd)
  }

  private let ssl: OpaquePointer

  /// A server's end.
  init(serving context: TLSContext) {
    ssl = context.connection
    SSL_set_accept_state(ssl)
  }

  /// The client's end of a connection to a host, whose name or address the certificate must have.
  init(_ context: TLSContext, to host: String) {
    ssl = context.connection
    SSL_set_connect_state(ssl)
    if X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host) != 1 {
      copenssl_server_name(ssl, host)
      SSL_set1_host(ssl, host)
    }
  }

  deinit { SSL_free(ssl) }

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

  /// Reads and writes there from now on.
  func use(_ passage: UnsafeMutablePointer<TLSPassage>) {
    if SSL_get_rbio(ssl) == nil {
      let bio = BIO_new(Self.method)
      SSL_set_bio(ssl, bio, bio)
    }
    BIO_set_data(SSL_get_rbio(ssl), passage)
  }

  func handshake() -> Handshake {
    ERR_clear_error()
    let result = SSL_do_handshake(ssl)
    if result == 1 { return .finished }
    guard SSL_get_error(ssl, result) != SSL_ERROR_WANT_READ else { return .unfinished }
    let verification = SSL_get_verify_result(ssl)
    guard verification == Int(X509_V_OK) else {
      ERR_clear_error()
      let text = X509_verify_cert_error_string(verification).map { String(cString: $0) }
      return .failed(.untrusted(reason: text ?? "error \(verification)"))
    }
    return .failed(.broken(reason: "TLS: \(TLSContext.reason)"))
  }

  /// The suite of TLS 1.3 of an established connection that has read nothing of what follows the handshake; nil if it
  /// is no such one.
  var untouchedSuite: TLSCipherSuite? {
    guard SSL_version(ssl) == TLS1_3_VERSION, SSL_has_pending(ssl) == 0 else { return nil }
    // Few clients want short records (RFC 6066, 4).
    guard !(1...4).contains(SSL_SESSION_get_max_fragment_length(SSL_get_session(ssl))) else { return nil }
    return TLSCipherSuite(rawValue: SSL_CIPHER_get_protocol_id(SSL_get_current_cipher(ssl)))
  }

  /// - Returns: how many bytes it has decrypted; at 0 it has no more.
  func read(into room: UnsafeMutableRawBufferPointer) -> (count: Int, end: TLSInputEnd) {
    let result = SSL_read(ssl, room.baseAddress, Int32(room.count))
    if result > 0 { return (Int(result), .more) }
    // Asked first, since an error that another call has left would be taken for this one's.
    if SSL_want(ssl) == SSL_READING { return (0, .more) }
    return switch SSL_get_error(ssl, result) {
    case SSL_ERROR_ZERO_RETURN: (0, .closed)
    default: (0, .failed(TLSFault(told: TLSContext.reason)))
    }
  }

  /// - Returns: how many bytes it has encrypted; nil if that failed.
  func write(_ plain: UnsafeRawBufferPointer) -> Int? {
    let written = SSL_write(ssl, plain.baseAddress, Int32(plain.count))
    return written > 0 ? Int(written) : nil
  }

  func shutDown() {
    SSL_shutdown(ssl)
    ERR_clear_error()
  }
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

/// Hears of each secret that OpenSSL derives, with its name.
private func noteSecret(_ ssl: OpaquePointer?, line: UnsafePointer<CChar>?) {
  guard let ssl, let line, let data = BIO_get_data(SSL_get_rbio(ssl)) else { return }
  data.assumingMemoryBound(to: TLSPassage.self).pointee.secrets?.takeUnretainedValue().note(line)
}

/// OpenSSL's ciphers and its derivation of keys, for records of our own.
///
/// All connections of a loop use the ciphers in turn, one for each suite and direction. A change of key takes 0.1 µs,
/// as long as fetching a connection's own cipher from memory would. Ciphers of their own would take 2.3 KB each.
final class RecordCiphers {
  /// A record: its header, what is encrypted in place or to where it is decrypted, and the tag.
  struct Parts {
    let header: UnsafePointer<UInt8>
    let body: UnsafePointer<UInt8>
    let target: UnsafeMutablePointer<UInt8>
    let count: Int
    let tag: UnsafeMutablePointer<UInt8>
  }

  private struct Cipher {
    let context: OpaquePointer
    /// Number of the key that it has.
    var owner: UInt64
  }

  private var ciphers: [Cipher?] = Array(repeating: nil, count: 2 * TLSCipherSuite.allCases.count)

  deinit { for cipher in ciphers { EVP_CIPHER_CTX_free(cipher?.context) } }

  /// Kept for the life of the process; nil where OpenSSL is configured without it.
  nonisolated(unsafe) private static let methods = TLSCipherSuite.allCases.map { EVP_CIPHER_fetch(nil, $0.cipher, nil) }
  nonisolated(unsafe) private static let derivation = EVP_KDF_fetch(nil, "TLS13-KDF", nil)

  static func has(_ suite: TLSCipherSuite) -> Bool { methods[suite.index] != nil }

  /// HKDF-Expand-Label without a context (RFC 8446, 7.1).
  /// - Returns: whether OpenSSL could.
  static func expand(
    _ suite: TLSCipherSuite, _ secret: UnsafeMutableRawBufferPointer, _ label: String,
    into target: UnsafeMutableRawBufferPointer
  ) -> Bool {
    copenssl_expand_label(
      derivation, suite.digest, secret.baseAddress, secret.count, label, target.baseAddress, target.count) == 1
  }

  /// Wipes this key.
  func forget(_ owner: UInt64) {
    for place in ciphers.indices where ciphers[place]?.owner == owner {
      EVP_CIPHER_CTX_free(ciphers[place]?.context)
      ciphers[place] = nil
    }
  }

  /// A cipher with this key.
  private func cipher(
    _ suite: TLSCipherSuite, _ key: UnsafePointer<UInt8>, of owner: UInt64, seals: Bool
  ) -> OpaquePointer {
    let place = 2 * suite.index + (seals ? 1 : 0)
    guard let cipher = ciphers[place] else {
      guard let context = EVP_CIPHER_CTX_new(),
        EVP_CipherInit_ex(context, Self.methods[suite.index], nil, key, nil, seals ? 1 : 0) == 1
      else { preconditionFailure("OpenSSL has no cipher for \(suite).") }
      ciphers[place] = Cipher(context: context, owner: owner)
      return context
    }
    if cipher.owner != owner {
      guard EVP_CipherInit_ex(cipher.context, nil, nil, key, nil, seals ? 1 : 0) == 1 else {
        preconditionFailure("OpenSSL refused a key of \(suite).")
      }
      ciphers[place]?.owner = owner
    }
    return cipher.context
  }

  /// - Parameter owner: a number that no other key in the process has.
  func seal(
    _ parts: Parts, _ suite: TLSCipherSuite, _ key: UnsafePointer<UInt8>, of owner: UInt64,
    nonce: UnsafePointer<UInt8>
  ) {
    let cipher = cipher(suite, key, of: owner, seals: true)
    var written: Int32 = 0
    guard EVP_EncryptInit_ex(cipher, nil, nil, nil, nonce) == 1,
      EVP_EncryptUpdate(cipher, nil, &written, parts.header, Int32(TLSRecord.headerBytes)) == 1,
      EVP_EncryptUpdate(cipher, parts.target, &written, parts.body, Int32(parts.count)) == 1,
      EVP_EncryptFinal_ex(cipher, parts.tag, &written) == 1,
      EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_GET_TAG, Int32(TLSRecord.tagBytes), parts.tag) == 1
    else { preconditionFailure("OpenSSL did not encrypt \(parts.count) bytes.") }
  }

  /// - Returns: whether the record is what was sealed.
  func open(
    _ parts: Parts, _ suite: TLSCipherSuite, _ key: UnsafePointer<UInt8>, of owner: UInt64,
    nonce: UnsafePointer<UInt8>
  ) -> Bool {
    let cipher = cipher(suite, key, of: owner, seals: false)
    var written: Int32 = 0
    guard EVP_DecryptInit_ex(cipher, nil, nil, nil, nonce) == 1,
      EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_SET_TAG, Int32(TLSRecord.tagBytes), parts.tag) == 1,
      EVP_DecryptUpdate(cipher, nil, &written, parts.header, Int32(TLSRecord.headerBytes)) == 1,
      EVP_DecryptUpdate(cipher, parts.target, &written, parts.body, Int32(parts.count)) == 1,
      EVP_DecryptFinal_ex(cipher, parts.target + parts.count, &written) == 1
    else {
      ERR_clear_error()
      return false
    }
    return true
  }
}
