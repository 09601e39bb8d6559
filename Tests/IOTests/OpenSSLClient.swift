import COpenSSL

/// A client's end that is OpenSSL alone, in memory.
final class OpenSSLClient {
  enum Outcome: Equatable {
    case data([UInt8])
    case wantsMore
    case closed
    case failed(reason: String)
  }

  struct Heard: Equatable {
    var plain: [UInt8]
    var end: Outcome
    init(_ plain: [UInt8], _ end: Outcome) {
      self.plain = plain
      self.end = end
    }
  }

  private let context: OpaquePointer
  private let ssl: OpaquePointer
  private let input: OpaquePointer
  private let output: OpaquePointer

  /// - Parameters:
  ///   - suites: of TLS 1.3, as OpenSSL names them; nil: TLS 1.2 only.
  ///   - ticket: of an earlier session.
  ///   - wantsShortRecords: of 512 bytes at most.
  init(suites: String?, ticket: OpaquePointer? = nil, wantsShortRecords: Bool = false) {
    guard let context = SSL_CTX_new(TLS_client_method()), let ssl = SSL_new(context),
      let input = BIO_new(BIO_s_mem()), let output = BIO_new(BIO_s_mem())
    else { preconditionFailure("No memory for a client.") }
    (self.context, self.ssl, self.input, self.output) = (context, ssl, input, output)
    if let suites { SSL_set_ciphersuites(ssl, suites) } else { copenssl_maximum_version_1_2(ssl) }
    SSL_set_bio(ssl, input, output)
    SSL_set_connect_state(ssl)
    if wantsShortRecords { SSL_set_tlsext_max_fragment_length(ssl, 1) }
    if let ticket { SSL_set_session(ssl, ticket) }
  }

  deinit {
    // Otherwise OpenSSL takes the session for broken, and its ticket with it.
    SSL_set_shutdown(ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN)
    SSL_free(ssl)
    SSL_CTX_free(context)
  }

  /// Continues the handshake; whether it is over.
  func handshake() -> Bool { SSL_do_handshake(ssl) == 1 }

  /// Bytes for the network.
  func sent() -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: BIO_ctrl_pending(output))
    let count = BIO_read(output, &bytes, Int32(bytes.count))
    return Array(bytes.prefix(max(0, Int(count))))
  }

  /// Bytes from the network.
  func receive(_ bytes: [UInt8]) { BIO_write(input, bytes, Int32(bytes.count)) }

  func write(_ plain: [UInt8]) -> Bool { SSL_write(ssl, plain, Int32(plain.count)) == plain.count }

  func updateKeys(asksForOurs: Bool) -> Bool {
    SSL_key_update(ssl, asksForOurs ? SSL_KEY_UPDATE_REQUESTED : SSL_KEY_UPDATE_NOT_REQUESTED) == 1
      && SSL_do_handshake(ssl) == 1
  }

  func close() { SSL_shutdown(ssl) }

  /// Everything that has arrived, decrypted, and what follows it.
  func read() -> Heard {
    var plain: [UInt8] = []
    while true {
      switch readOnce() {
      case .data(let bytes): plain += bytes
      case let end: return Heard(plain, end)
      }
    }
  }

  private func readOnce() -> Outcome {
    ERR_clear_error()
    var bytes = [UInt8](repeating: 0, count: 16 << 10)
    let count = SSL_read(ssl, &bytes, Int32(bytes.count))
    guard count <= 0 else { return .data(Array(bytes.prefix(Int(count)))) }
    return switch SSL_get_error(ssl, count) {
    case SSL_ERROR_WANT_READ: .wantsMore
    case SSL_ERROR_ZERO_RETURN: .closed
    default: .failed(reason: ERR_reason_error_string(ERR_peek_error()).map { String(cString: $0) } ?? "")
    }
  }

  /// What it can come back with: the caller frees it.
  func ticket() -> OpaquePointer? { SSL_get1_session(ssl) }
  var isResumed: Bool { SSL_session_reused(ssl) == 1 }
  var version: String { SSL_get_version(ssl).map { String(cString: $0) } ?? "" }
}
