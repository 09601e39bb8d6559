internal import COpenSSL

/// OpenSSL's side of a server: its certificate, which may be renewed while it serves.
struct CertificateStore {
  private let context: OpaquePointer

  /// - Parameter context: the `SSL_CTX` the library has made.
  init(context: UnsafeMutableRawPointer) {
    self.context = OpaquePointer(context)
    _ = copenssl_minimum_version_1_2(self.context)
    // A client could make us do its expensive half again and again.
    SSL_CTX_set_options(self.context, UInt64(copenssl_no_renegotiation()))
  }

  /// Takes certificate and key from their files for handshakes from now on; if they can't be used, nothing changes.
  func load(_ files: CertificateFiles) throws(WebSocketError) {
    guard let trial = SSL_CTX_new(TLS_server_method()) else {
      throw .library(call: "SSL_CTX_new", reason: Self.reason)
    }
    defer { SSL_CTX_free(trial) }
    try Self.use(files, in: trial)
    try Self.use(files, in: context)
  }

  /// Whether a file has certificates to trust.
  static func check(authorities file: String) throws(WebSocketError) {
    guard let trial = SSL_CTX_new(TLS_client_method()) else { throw .library(call: "SSL_CTX_new", reason: reason) }
    defer { SSL_CTX_free(trial) }
    ERR_clear_error()
    guard SSL_CTX_load_verify_file(trial, file) == 1 else { throw .badCertificate(file: file, reason: reason) }
  }

  private static func use(_ files: CertificateFiles, in context: OpaquePointer) throws(WebSocketError) {
    ERR_clear_error()
    guard SSL_CTX_use_certificate_chain_file(context, files.certificate) == 1 else {
      throw .badCertificate(file: files.certificate, reason: reason)
    }
    guard SSL_CTX_use_PrivateKey_file(context, files.key, copenssl_pem()) == 1,
      SSL_CTX_check_private_key(context) == 1
    else { throw .badCertificate(file: files.key, reason: reason) }
  }

  private static var reason: String {
    // The first is the cause: what follows only says who passed it on.
    let code = ERR_get_error()
    ERR_clear_error()
    guard code != 0 else { return "unknown" }
    var text = [CChar](repeating: 0, count: 256)
    ERR_error_string_n(code, &text, text.count)
    let whole = text.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" }
    // "error:80000002:system library::No such file or directory"
    return whole.split(separator: ":").last.map(String.init) ?? whole
  }
}

/// What is wrong with a server's certificate.
enum PeerCertificate {
  /// - Parameter tls: a client's `SSL`, whose handshake has failed.
  static func problem(of tls: OpaquePointer) -> String? {
    let result = SSL_get_verify_result(tls)
    guard result != Int(X509_V_OK) else { return nil }
    return X509_verify_cert_error_string(result).map { String(cString: $0) } ?? "error \(result)"
  }
}
