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
    // For the records after the handshake; nobody else hears of them.
    SSL_CTX_set_keylog_callback(raw, noteSecret)
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
  func accept(_ buffers: TLSBuffers) -> TLSSession { TLSSession(serving: self, buffers) }

  /// The client's end of a connection to a host, whose name or address the certificate must have.
  func connect(to host: String, _ buffers: TLSBuffers) -> TLSSession {
    let ssl = newConnection()
    if X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host) != 1 {
      copenssl_server_name(ssl, host)
      SSL_set1_host(ssl, host)
    }
    return TLSSession(connecting: ssl, buffers)
  }

  func newConnection() -> OpaquePointer {
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
