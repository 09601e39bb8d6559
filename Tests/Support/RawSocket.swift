internal import Glibc

/// A TCP connection to the machine itself on which anything may be sent, for clients that misbehave.
///
/// Calls block, for half a minute at most: what is read comes from another process.
public final class RawSocket {
  private let descriptor: Int32

  /// - Parameters:
  ///   - receiveBuffer: in bytes; makes the window small, for clients that do not read.
  ///   - lastByte: of the address 127.0.0.x that it comes from.
  public init(port: Int, receiveBuffer: Int32? = nil, from lastByte: UInt32 = 1) throws {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { throw TestFailure("socket: \(errno)") }
    var limit = timeval(tv_sec: 30, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    if var size = receiveBuffer { setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, 4) }
    var own = sockaddr_in()
    own.sin_family = sa_family_t(AF_INET)
    own.sin_addr.s_addr = in_addr_t(0x7F00_0000 + lastByte).bigEndian
    let isBound = withUnsafePointer(to: &own) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        lastByte == 1 || bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
      }
    }
    guard isBound else { throw TestFailure("bind: \(errno)") }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port).bigEndian
    address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
    let result = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard result == 0 else {
      let error = errno
      close(descriptor)
      throw TestFailure("connect: \(String(cString: strerror(error)))")
    }
  }

  deinit { close(descriptor) }

  public func send(_ bytes: some Collection<UInt8>) throws {
    let all = Array(bytes)
    var sent = 0
    while sent < all.count {
      let count = all.withUnsafeBytes { write(descriptor, $0.baseAddress! + sent, all.count - sent) }
      guard count > 0 else { throw TestFailure("write: \(String(cString: strerror(errno)))") }
      sent += count
    }
  }

  public func send(_ text: String) throws { try send(Array(text.utf8)) }

  /// Exactly so many bytes.
  public func receive(_ count: Int) throws -> [UInt8] {
    var all: [UInt8] = []
    while all.count < count { all += try receiveSome(count - all.count) }
    return all
  }

  /// Up to `count` bytes, at least one.
  public func receiveSome(_ count: Int) throws -> [UInt8] {
    var buffer = [UInt8](repeating: 0, count: count)
    let received = read(descriptor, &buffer, count)
    guard received > 0 else {
      throw TestFailure(received == 0 ? "the connection is closed" : "read: \(String(cString: strerror(errno)))")
    }
    return Array(buffer[..<received])
  }

  /// Everything up to the end; a reset is an end too.
  public func receiveAll() -> [UInt8] {
    var all: [UInt8] = []
    while let some = try? receiveSome(65_536) { all += some }
    return all
  }

  /// Up to and with the empty line.
  public func receiveHead() throws -> String {
    var head: [UInt8] = []
    while !head.suffix(4).elementsEqual([13, 10, 13, 10]) { head += try receive(1) }
    return String(decoding: head, as: UTF8.self)
  }

  /// Closes so that the other side gets a reset, as from a machine that lost its memory.
  public func reset() {
    var linger = linger(l_onoff: 1, l_linger: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<Glibc.linger>.size))
    shutdown(descriptor, Int32(SHUT_RD))
  }
}
