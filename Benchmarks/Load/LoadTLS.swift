internal import COpenSSL

/// TLS 1.3 as the generator's connections speak it. No certificate is checked: it is the server's time that counts.
final class LoadTLS {
  private let context: OpaquePointer

  /// A read takes so much from the socket, so that many records cost one system call.
  private static let readBytes = 64 << 10

  init() throws(LoadError) {
    guard let context = SSL_CTX_new(TLS_client_method()) else { throw LoadError.library(call: "SSL_CTX_new") }
    self.context = context
    _ = copenssl_minimum_version_1_3(context)
    copenssl_partial_writes(context)
    copenssl_read_ahead(context)
    SSL_CTX_set_default_read_buffer_len(context, Self.readBytes)
    copenssl_client_tickets(context)
    SSL_CTX_sess_set_new_cb(context, keepTicket)
  }

  deinit { SSL_CTX_free(context) }

  /// The client's end of a connection. The caller frees it before the socket is closed.
  func connect(_ descriptor: Int32) throws(LoadError) -> TLSConnection {
    guard let ssl = SSL_new(context), SSL_set_fd(ssl, descriptor) == 1 else {
      throw LoadError.library(call: "SSL_new")
    }
    SSL_set_connect_state(ssl)
    return TLSConnection(ssl: ssl)
  }
}

/// What a server gave a client to come back with.
struct SessionTickets {
  /// Kept, to be used again and again.
  fileprivate var first: OpaquePointer?
  fileprivate(set) var arrived = 0
}

/// One connection's TLS, on a socket.
struct TLSConnection {
  enum Outcome {
    /// So many bytes; none for a handshake.
    case done(Int)
    case wantsRead
    case wantsWrite
    case ended
    case failed
  }

  fileprivate let ssl: OpaquePointer

  var isResumed: Bool { SSL_session_reused(ssl) == 1 }

  func handshake() -> Outcome { outcome(SSL_do_handshake(ssl)) }

  @inline(__always)
  func write(_ bytes: UnsafeRawBufferPointer) -> Outcome {
    outcome(SSL_write(ssl, bytes.baseAddress, Int32(bytes.count)))
  }

  @inline(__always)
  func read(into bytes: UnsafeMutableRawBufferPointer) -> Outcome {
    outcome(SSL_read(ssl, bytes.baseAddress, Int32(bytes.count)))
  }

  /// Tickets that arrive are noted there; it must stay where it is as long as the connection.
  func keepTickets(in tickets: UnsafeMutablePointer<SessionTickets>) { SSL_set_ex_data(ssl, 0, tickets) }

  /// Uses a copy of the first ticket: OpenSSL marks the one it has used, and would not use it again.
  func resume(with tickets: SessionTickets) {
    guard let first = tickets.first, let copy = SSL_SESSION_dup(first) else { return }
    SSL_set_session(ssl, copy)
    SSL_SESSION_free(copy)
  }

  /// Counts as shut down, since OpenSSL would take the tickets of a broken connection for bad.
  func free() {
    SSL_set_shutdown(ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN)
    SSL_free(ssl)
  }

  @inline(__always)
  private func outcome(_ result: Int32) -> Outcome {
    if result > 0 { return .done(Int(result)) }
    let error = SSL_get_error(ssl, result)
    // The next call's outcome would be taken from what this one left.
    ERR_clear_error()
    return switch error {
    case SSL_ERROR_WANT_READ: .wantsRead
    case SSL_ERROR_WANT_WRITE: .wantsWrite
    case SSL_ERROR_ZERO_RETURN: .ended
    default: .failed
    }
  }
}

/// OpenSSL has a ticket. Returns 1 if it is kept.
private func keepTicket(_ ssl: OpaquePointer?, _ session: OpaquePointer?) -> Int32 {
  guard let ssl, let place = SSL_get_ex_data(ssl, 0) else { return 0 }
  let tickets = place.assumingMemoryBound(to: SessionTickets.self)
  tickets.pointee.arrived += 1
  guard tickets.pointee.first == nil else { return 0 }
  tickets.pointee.first = session
  return 1
}
