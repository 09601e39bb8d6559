internal import CWebSockets
import Glibc
internal import IO
import Synchronization
internal import Web

/// A connection of the library's. Valid from its first callback to its last; the loop's thread only.
struct LibrarySocket {
  let raw: OpaquePointer

  /// Gives whole frames to the library. What the kernel does not take it keeps, copied; see `isBlocked`.
  /// - Returns: false when the connection is dead.
  func write(_ bytes: UnsafeMutableRawBufferPointer) -> Bool {
    guard let base = bytes.baseAddress, bytes.count > 0 else { return true }
    return lws_write(raw, base.assumingMemoryBound(to: UInt8.self), bytes.count, cws_write_raw()) >= 0
  }

  /// The kernel has not taken everything the library was given.
  var isBlocked: Bool { lws_partial_buffered(raw) != 0 }

  func requestWritable() { lws_callback_on_writable(raw) }

  /// The library keeps what it had read already when reading is turned off, and hands it over when it is turned on.
  func setReading(_ on: Bool) { lws_rx_flow_control(raw, on ? 1 : 0) }

  /// The close frame to be sent when the callback ends the connection. A control frame has at most 125 bytes.
  func prepareClose(code: Int, reason: String) {
    var text = Array(reason.utf8.prefix(123))
    while !text.withUnsafeBytes({ $0.isUTF8 }) { text.removeLast() }
    text.withUnsafeMutableBufferPointer {
      lws_close_reason(raw, lws_close_status(rawValue: UInt32(code)), $0.baseAddress, $0.count)
    }
  }

  /// Cuts both directions; the library finds out in its next callback, which must come even when reading is paused.
  func shutDown() {
    LibraryContext.shutDown(descriptor)
    lws_rx_flow_control(raw, 1)
    lws_callback_on_writable(raw)
  }

  private static let killNow: Int32 = -2  // LWS_TO_KILL_SYNC, a macro

  /// Ends a connection that is still being made, with its last callback. Not from inside a callback of its own.
  /// (The library's way of doing it soon waits for its timer, which it does not set earlier once it runs: up to 5 s.)
  func abandon() { lws_set_timeout(raw, PENDING_TIMEOUT_USER_OK, Self.killNow) }

  func setUser(_ object: AnyObject?) {
    lws_set_wsi_user(raw, object.map { Unmanaged.passUnretained($0).toOpaque() })
  }

  /// The last piece of a message that has come, as the arguments of `WebSocketPeer.received`.
  @inline(__always)
  func deliver(_ bytes: UnsafeRawBufferPointer, to peer: WebSocketPeer) {
    peer.received(
      bytes, kind: lws_frame_is_binary(raw) != 0 ? .binary : .text, isFirst: lws_is_first_fragment(raw) != 0,
      isFinal: lws_is_final_fragment(raw) != 0, remaining: Int(lws_remaining_packet_payload(raw)))
  }

  // MARK: - HTTP

  func header(_ token: lws_token_indexes) -> String? {
    var buffer = [CChar](repeating: 0, count: Int(lws_hdr_total_length(raw, token)) + 1)
    guard lws_hdr_copy(raw, &buffer, Int32(buffer.count), token) > 0 else { return nil }
    return buffer.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } }
  }

  var descriptor: Int32 { lws_get_socket_fd(raw) }

  /// Writes a whole answer to a plain request.
  /// - Returns: what the callback returns: not 0 to end the TCP connection.
  func answer(_ response: HTTPResponse, isHead: Bool, keepAlive: Bool) -> Int32 {
    var bytes = response.encoded(isHead: isHead, keepAlive: keepAlive)
    let written = lws_write(raw, &bytes, bytes.count, LWS_WRITE_HTTP_FINAL)
    return written < 0 || !keepAlive || lws_http_transaction_completed(raw) != 0 ? -1 : 0
  }

  /// Whom a server's connection has before it.
  var inspection: Inspection? {
    lws_get_opaque_user_data(raw).map { Unmanaged<Inspection>.fromOpaque($0).takeUnretainedValue() }
  }
}

private typealias LibraryCallback =
  @convention(c) (
    OpaquePointer?, lws_callback_reasons, UnsafeMutableRawPointer?, UnsafeMutableRawPointer?, Int
  ) -> Int32

/// The library on one loop, serving one server or connecting one client. `destroy` ends it.
final class LibraryContext {
  /// Bytes read from a socket at once. It is also what every connection's receive buffer is sized by, though the
  /// library only touches that for control frames, and `LibraryMemory` sees to it that it costs nothing.
  static let readBytes = 64 << 10
  /// More than any round writes to one connection: what is over it would not go out in one call.
  private static let writeBytes = 4 << 20
  /// A request as `Handshake` writes it, or a server's answer.
  private static let headerBytes: UInt16 = 4096

  /// Contexts come and go one at a time, whatever their thread: the library loads its plugin and sets TLS up for the
  /// whole process, and the descriptor limit is the process's too.
  private static let once = Mutex(())

  private let context: OpaquePointer
  private let protocols: UnsafeMutablePointer<lws_protocols>
  private let retryPolicy: UnsafeMutablePointer<lws_retry_bo_t>

  convenience init(serving server: WebSocketServer, on loop: EventLoop) throws(WebSocketError) {
    try self.init(
      owner: server, callback: serverCallback, subprotocol: server.reception.subprotocol, on: loop
    ) { info in
      guard server.reception.certificate != nil else { return }
      info.options |= UInt64(LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT | LWS_SERVER_OPTION_CREATE_VHOST_SSL_CTX)
    }
  }

  /// - Parameter authorities: the certificates to trust, in PEM; nil: the system's.
  convenience init(
    connecting client: WebSocketClient, secure: Bool, authorities: String?, on loop: EventLoop
  ) throws(WebSocketError) {
    let path = authorities.flatMap { strdup($0) }
    defer { free(path) }
    try self.init(owner: client, callback: clientCallback, subprotocol: nil, on: loop) { info in
      guard secure else { return }
      info.options |= UInt64(LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT)
      guard let path else { return }
      info.options |= UInt64(LWS_SERVER_OPTION_DISABLE_OS_CA_CERTS)
      info.client_ssl_ca_filepath = UnsafePointer(path)
    }
  }

  private init(
    owner: AnyObject, callback: @escaping LibraryCallback, subprotocol: String?, on loop: EventLoop,
    _ change: (inout lws_context_creation_info) -> Void
  ) throws(WebSocketError) {
    protocols = .allocate(capacity: 2)
    protocols.initialize(repeating: lws_protocols(), count: 2)
    protocols[0].name = UnsafePointer(strdup(subprotocol ?? "websocket"))
    protocols[0].callback = callback
    protocols[0].rx_buffer_size = Self.readBytes
    protocols[0].tx_packet_size = Self.writeBytes
    // All zero: no pings and no hang-ups of the library's own (every 300 s by default), which do not know of paused
    // readers.
    retryPolicy = .allocate(capacity: 1)
    retryPolicy.initialize(to: lws_retry_bo_t())

    var loops: [UnsafeMutableRawPointer?] = [UnsafeMutableRawPointer(loop.libev)]
    var info = lws_context_creation_info()
    info.port = CONTEXT_PORT_NO_LISTEN_SERVER
    info.protocols = UnsafePointer(protocols)
    info.options = UInt64(LWS_SERVER_OPTION_LIBEV)
    info.pt_serv_buf_size = UInt32(Self.readBytes)
    info.max_http_header_data = Self.headerBytes
    info.user = Unmanaged.passUnretained(owner).toOpaque()
    info.retry_and_idle_policy = UnsafePointer(retryPolicy)
    info.keepalive_timeout = 15
    info.gid = -1
    info.uid = -1
    change(&info)
    let alpn = strdup("http/1.1")  // Or it agrees to HTTP/2.
    defer { free(alpn) }
    info.alpn = UnsafePointer(alpn)
    var context: OpaquePointer?
    Self.once.withLock { _ in
      lws_set_allocator { memory, count, _ in LibraryMemory.reallocate(memory, count) }
      lws_set_log_level(LLL_ERR | LLL_WARN, libraryComplained)
      Self.withModestDescriptorLimit {
        loops.withUnsafeMutableBufferPointer { loops in
          info.foreign_loops = loops.baseAddress
          context = lws_create_context(&info)
        }
      }
    }
    guard let context else {
      throw .library(call: "lws_create_context", reason: "is the package libwebsockets-evlib-ev installed?")
    }
    self.context = context
  }

  /// Ends every connection, each with its last callback.
  func destroy(on loop: EventLoop) {
    Self.once.withLock { _ in lws_context_destroy(context) }
  }

  deinit {
    free(UnsafeMutablePointer(mutating: protocols[0].name))
    protocols.deallocate()
    retryPolicy.deallocate()
  }

  /// Takes over an accepted socket, also to close it when that fails.
  func adopt(_ inspection: Inspection) -> Bool {
    var info = lws_adopt_desc_t()
    info.vh = lws_get_vhost_by_name(context, "default")
    info.type = lws_adoption_type(
      LWS_ADOPT_HTTP.rawValue | LWS_ADOPT_SOCKET.rawValue | LWS_ADOPT_ALLOW_SSL.rawValue)
    info.fd.sockfd = inspection.descriptor
    info.opaque = Unmanaged.passUnretained(inspection).toOpaque()
    return lws_adopt_descriptor_vhost_via_info(&info) != nil
  }

  /// Has it read as if the descriptor had become readable.
  func readAgain(_ descriptor: Int32) {
    var ready = pollfd(fd: descriptor, events: Int16(POLLIN), revents: Int16(POLLIN))
    lws_service_fd(context, &ready)
  }

  /// Begins to connect.
  /// - Returns: nil when that failed at once, without a callback.
  func connect(_ connection: ClientConnection, to url: WebSocketURL) -> LibrarySocket? {
    var info = lws_client_connect_info()
    info.context = context
    info.port = Int32(url.port)
    info.ietf_version_or_minus_one = -1
    info.userdata = Unmanaged.passUnretained(connection).toOpaque()
    info.ssl_connection =
      Int32(LCCSCF_HTTP_NO_FOLLOW_REDIRECT.rawValue) | (url.secure ? Int32(LCCSCF_USE_SSL.rawValue) : 0)
    let socket = url.host.withCString { host in
      url.path.withCString { path in
        url.authority.withCString { authority in
          "http/1.1".withCString { alpn in
            info.address = host
            info.path = path
            info.host = authority
            info.alpn = alpn
            return lws_client_connect_via_info(&info)
          }
        }
      }
    }
    // The library starts its timers from its idle watcher, which only its own events set going.
    lws_cancel_service(context)
    return socket.map { LibrarySocket(raw: $0) }
  }

  /// The library makes tables as large as the descriptor limit, and gives up above ten million (to 2560): containers
  /// set 2^30.
  private static func withModestDescriptorLimit(_ body: () -> Void) {
    let modest: rlim_t = 1 << 17
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0, limit.rlim_cur > modest else {
      return body()
    }
    var lowered = limit
    lowered.rlim_cur = modest
    setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &lowered)
    defer { setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) }
    return body()
  }

  // Sockets of our own: what Swift's Glibc lacks, or cannot be found in it reliably.

  static let streamType = cws_stream()
  /// Not blocking, closed on exec.
  static let descriptorFlags = cws_nonblocking_cloexec()

  /// Cuts both directions; whoever reads finds the end.
  static func shutDown(_ descriptor: Int32) { shutdown(descriptor, Int32(SHUT_RDWR)) }

  static func accept(from descriptor: Int32) -> Int32 { cws_accept4(descriptor, descriptorFlags) }
}

// The library's callbacks: C functions, which find their object in the connection's or the context's user pointer.

private func libraryComplained(level: Int32, line: UnsafePointer<CChar>?) {
  guard let line else { return }
  var text = String(cString: line)
  while text.last?.isNewline == true { text.removeLast() }
  WebSocketLog.write(level == LLL_ERR ? .error : .warning, text)
}

private func peer(_ user: UnsafeMutableRawPointer?) -> WebSocketPeer? {
  user.map { Unmanaged<WebSocketPeer>.fromOpaque($0).takeUnretainedValue() }
}

/// The code in a close frame's payload.
private func closeCode(_ input: UnsafeMutableRawPointer?, _ length: Int) -> Int? {
  guard let input, length >= 2 else { return nil }
  return Int(UInt16(bigEndian: input.loadUnaligned(as: UInt16.self)))
}

private func serverCallback(
  raw: OpaquePointer?, reason: lws_callback_reasons, user: UnsafeMutableRawPointer?, input: UnsafeMutableRawPointer?,
  length: Int
) -> Int32 {
  guard let raw else { return 0 }
  let socket = LibrarySocket(raw: raw)
  switch reason {
  case LWS_CALLBACK_RECEIVE:
    guard let user else { return -1 }
    Unmanaged<WebSocketPeer>.fromOpaque(user)._withUnsafeGuaranteedRef {
      socket.deliver(UnsafeRawBufferPointer(start: input, count: length), to: $0)
    }
  case LWS_CALLBACK_SERVER_WRITEABLE:
    return peer(user)?.becameWritable() == false ? -1 : 0
  case LWS_CALLBACK_RECEIVE_PONG:
    peer(user)?.wasHeard = true
  case LWS_CALLBACK_HTTP:
    return server(of: raw)?.answer(on: socket) ?? -1
  case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE:
    guard let server = server(of: raw) else { return -1 }
    switch server.admit(socket.inspection) {
    case .success(let connection): socket.setUser(connection)
    case .failure(let refusal): return server.end(with: refusal.response, on: socket)
    }
  case LWS_CALLBACK_ESTABLISHED:
    guard let server = server(of: raw), let connection = peer(user) as? WebSocketConnection else { return -1 }
    server.opened(connection, socket: socket)
  // CONNECT makes the library turn to raw bytes, with no time limit.
  case LWS_CALLBACK_RAW_ADOPT, LWS_CALLBACK_RAW_RX: return -1
  case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
    peer(user)?.peerCloses(code: closeCode(input, length))
  case LWS_CALLBACK_CLOSED, LWS_CALLBACK_WSI_DESTROY:
    if reason == LWS_CALLBACK_WSI_DESTROY, let inspection = socket.inspection { server(of: raw)?.gone(inspection) }
    guard let connection = peer(user) as? WebSocketConnection else { return 0 }
    socket.setUser(nil)
    server(of: raw)?.ended(connection)
  case LWS_CALLBACK_OPENSSL_LOAD_EXTRA_SERVER_VERIFY_CERTS:
    guard let user else { return -1 }
    server(of: raw)?.certificates = CertificateStore(context: user)
  default: break
  }
  return 0
}

private func server(of raw: OpaquePointer) -> WebSocketServer? {
  guard let user = lws_context_user(lws_get_context(raw)) else { return nil }
  return Unmanaged<WebSocketServer>.fromOpaque(user).takeUnretainedValue()
}

private func clientCallback(
  raw: OpaquePointer?, reason: lws_callback_reasons, user: UnsafeMutableRawPointer?, input: UnsafeMutableRawPointer?,
  length: Int
) -> Int32 {
  guard let raw, let user else { return 0 }
  let socket = LibrarySocket(raw: raw)
  // In each of these `user` is the connection; in OpenSSL's own callbacks it is something else.
  func connection() -> ClientConnection { Unmanaged<ClientConnection>.fromOpaque(user).takeUnretainedValue() }
  switch reason {
  case LWS_CALLBACK_CLIENT_RECEIVE:
    Unmanaged<WebSocketPeer>.fromOpaque(user)._withUnsafeGuaranteedRef {
      socket.deliver(UnsafeRawBufferPointer(start: input, count: length), to: $0)
    }
  case LWS_CALLBACK_CLIENT_WRITEABLE:
    return connection().becameWritable() ? 0 : -1
  case LWS_CALLBACK_CLIENT_APPEND_HANDSHAKE_HEADER:
    guard let end = input?.assumingMemoryBound(to: UnsafeMutablePointer<UInt8>.self) else { return -1 }
    let lines = Array(connection().asks(on: socket.descriptor).utf8)
    guard lines.count < length else { return -1 }
    end.pointee.update(from: lines, count: lines.count)
    end.pointee += lines.count
  case LWS_CALLBACK_CLIENT_ESTABLISHED:
    return connection().established(socket) ? 0 : -1
  case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
    connection().peerCloses(code: closeCode(input, length))
    if let input, length > 2 {
      connection().closeReason = String(
        decoding: UnsafeRawBufferPointer(start: input + 2, count: length - 2), as: UTF8.self)
    }
  case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
    let status = Int(lws_http_client_http_response(raw))
    let retry = socket.header(WSI_TOKEN_HTTP_RETRY_AFTER).flatMap { Int($0) }
    let text = input.map { String(decoding: UnsafeRawBufferPointer(start: $0, count: length), as: UTF8.self) }
    let certificate = lws_get_ssl(raw).flatMap { PeerCertificate.problem(of: $0) }
    socket.setUser(nil)
    connection().failed(
      status: status, retryAfterSeconds: retry, certificateProblem: certificate, reason: text ?? "no reason given")
  case LWS_CALLBACK_CLIENT_CLOSED, LWS_CALLBACK_WSI_DESTROY:
    socket.setUser(nil)
    connection().ended()
  default: break
  }
  return 0
}
