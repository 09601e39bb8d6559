internal import CLinux
internal import Glibc

/// One socket, with or without TLS.
struct LoadSocket {
  enum Sent {
    case bytes(Int)
    /// The socket's buffer is full.
    case blocked
    case broken
  }

  enum Received {
    case bytes(Int)
    case nothing
    case ended
    case broken
  }

  enum Handshake { case done, wantsRead, wantsWrite, broken }

  private(set) var descriptor: Int32 = -1
  private(set) var tls: TLSConnection?
  /// OpenSSL has a part of what could not be sent: the next bytes must be the same ones.
  private(set) var mustRepeat = false

  var isOpen: Bool { descriptor >= 0 }

  /// Begins a connection; it is established when it becomes writable.
  static func connect(to address: sockaddr_in, tls: LoadTLS?) throws(LoadError) -> LoadSocket {
    let descriptor = try connect(to: address)
    return LoadSocket(descriptor: descriptor, tls: try tls.map { tls throws(LoadError) in try tls.connect(descriptor) })
  }

  private static func connect(to address: sockaddr_in) throws(LoadError) -> Int32 {
    let descriptor = socket(AF_INET, nonblocking_stream_socket(), 0)
    guard descriptor >= 0 else { throw LoadError.system(call: "socket", code: errno) }
    var on: Int32 = 1
    setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
    var address = address
    let result = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard result == 0 || errno == EINPROGRESS else {
      let code = errno
      close(descriptor)
      throw LoadError.system(call: "connect", code: code)
    }
    return descriptor
  }

  static func address(_ target: LoadTarget) throws(LoadError) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = target.port.bigEndian
    guard inet_pton(AF_INET, target.address, &address.sin_addr) == 1 else { throw LoadError.badAddress(target.address) }
    return address
  }

  func handshake() -> Handshake {
    switch tls?.handshake() {
    case nil, .done: .done
    case .wantsRead: .wantsRead
    case .wantsWrite: .wantsWrite
    case .ended, .failed: .broken
    }
  }

  /// With TLS it sends one record at most, so fewer bytes do not mean that the buffer is full.
  @inline(__always)
  mutating func send(_ bytes: UnsafeRawBufferPointer) -> Sent {
    if let tls {
      let outcome = tls.write(bytes)
      mustRepeat = false
      switch outcome {
      case .done(let count): return .bytes(count)
      case .wantsRead, .wantsWrite:
        mustRepeat = true
        return .blocked
      case .ended, .failed: return .broken
      }
    }
    let count = Glibc.send(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
    if count >= 0 { return .bytes(count) }
    return errno == EAGAIN ? .blocked : .broken
  }

  /// With TLS it must be called until there is nothing: OpenSSL holds what the poller no longer reports.
  @inline(__always)
  func receive(into bytes: UnsafeMutableRawBufferPointer) -> Received {
    if let tls {
      return switch tls.read(into: bytes) {
      case .done(let count): .bytes(count)
      case .wantsRead, .wantsWrite: .nothing
      case .ended: .ended
      case .failed: .broken
      }
    }
    let count = recv(descriptor, bytes.baseAddress, bytes.count, 0)
    if count > 0 { return .bytes(count) }
    if count == 0 { return .ended }
    return errno == EAGAIN ? .nothing : .broken
  }

  /// Ends it with a reset, so that no port stays in TIME_WAIT and the next run finds all of them free.
  mutating func reset() {
    tls?.free()
    tls = nil
    var linger = linger(l_onoff: 1, l_linger: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<Glibc.linger>.size))
    close(descriptor)
    descriptor = -1
  }
}
