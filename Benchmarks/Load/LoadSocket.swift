internal import CLinux
internal import Glibc

/// The system calls for one socket.
enum LoadSocket {
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

  /// Begins a connection; it is established when it becomes writable.
  static func connect(to address: sockaddr_in) throws(LoadError) -> Int32 {
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

  @inline(__always)
  static func send(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Sent {
    let count = Glibc.send(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
    if count >= 0 { return .bytes(count) }
    return errno == EAGAIN ? .blocked : .broken
  }

  @inline(__always)
  static func receive(into bytes: UnsafeMutableRawBufferPointer, from descriptor: Int32) -> Received {
    let count = recv(descriptor, bytes.baseAddress, bytes.count, 0)
    if count > 0 { return .bytes(count) }
    if count == 0 { return .ended }
    return errno == EAGAIN ? .nothing : .broken
  }

  /// Ends it with a reset, so that no port stays in TIME_WAIT and the next run finds all of them free.
  static func reset(_ descriptor: Int32) {
    var linger = linger(l_onoff: 1, l_linger: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<Glibc.linger>.size))
    close(descriptor)
  }
}
