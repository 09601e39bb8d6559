internal import CLinux
import Glibc

/// An IPv4 or IPv6 address with its port, or the path of a Unix socket.
public struct SocketAddress: Sendable {
  private var storage = sockaddr_storage()
  private(set) var length: socklen_t

  /// The addresses a host to listen on has, each once.
  public static func resolve(host: String, port: Int) throws(IOError) -> [SocketAddress] {
    if isPath(host) {
      guard let address = SocketAddress(path: host) else {
        throw .unresolved(host: host, reason: String(cString: strerror(ENAMETOOLONG)))
      }
      return [address]
    }
    var hints = addrinfo()
    hints.ai_flags = AI_PASSIVE
    hints.ai_family = AF_UNSPEC
    hints.ai_socktype = stream_socket()
    var list: UnsafeMutablePointer<addrinfo>?
    let status = getaddrinfo(host, String(port), &hints, &list)
    guard status == 0, let first = list else {
      let reason = status == EAI_SYSTEM ? String(cString: strerror(errno)) : String(cString: gai_strerror(status))
      throw .unresolved(host: host, reason: reason)
    }
    defer { freeaddrinfo(first) }
    var found: [SocketAddress] = []
    for entry in sequence(first: first, next: { $0.pointee.ai_next }) {
      guard let address = entry.pointee.ai_addr else { continue }
      let one = SocketAddress(address, length: entry.pointee.ai_addrlen)
      if !found.contains(where: { $0.text == one.text }) { found.append(one) }
    }
    return found
  }

  init(_ address: UnsafePointer<sockaddr>, length: socklen_t) {
    self.length = length
    withUnsafeMutableBytes(of: &storage) {
      $0.copyMemory(from: UnsafeRawBufferPointer(start: address, count: Int(length)))
    }
  }

  /// The Unix socket at this path. Nil if the path is too long for the system.
  init?(path: String) {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let bytes = Array(path.utf8)
    let room = MemoryLayout.size(ofValue: address.sun_path)
    guard !bytes.isEmpty, bytes.count < room else { return nil }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
    let length = socklen_t(MemoryLayout<sockaddr_un>.size)
    self = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { SocketAddress($0, length: length) }
    }
  }

  /// A host that begins with `/` is the path of a Unix socket.
  static func isPath(_ host: String) -> Bool { host.hasPrefix("/") }

  private var isUnix: Bool { family == AF_UNIX }

  /// The other end's address.
  public init?(peerOf descriptor: Int32) {
    self.init { getpeername(descriptor, $0, $1) }
  }

  /// Our own.
  public init?(of descriptor: Int32) {
    self.init { getsockname(descriptor, $0, $1) }
  }

  private init?(_ ask: (UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> Int32) {
    length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    var size = length
    let status = withUnsafeMutablePointer(to: &storage) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { ask($0, &size) }
    }
    guard status == 0 else { return nil }
    length = size
  }

  public var family: Int32 { Int32(storage.ss_family) }

  public var port: Int {
    get {
      isUnix ? 0 : Int(UInt16(bigEndian: withUnsafeBytes(of: storage) { $0.load(fromByteOffset: 2, as: UInt16.self) }))
    }
    // Both families have the port in the same place, after the family.
    set {
      guard !isUnix else { return }
      withUnsafeMutableBytes(of: &storage) {
        $0.storeBytes(of: UInt16(truncatingIfNeeded: newValue).bigEndian, toByteOffset: 2, as: UInt16.self)
      }
    }
  }

  /// What a server that listens here has as its host: `127.0.0.1`, `::1`, or the path of a Unix socket.
  public var host: String {
    if case .internet(let address, _) = client { return address.text }
    // Behind the family.
    return withUnsafeBytes(of: storage) { String(decoding: $0.dropFirst(2).prefix { $0 != 0 }, as: UTF8.self) }
  }

  /// `127.0.0.1:53312`, `[::1]:53312`
  public var text: String {
    guard !isUnix else { return "unix" }
    var host = [CChar](repeating: 0, count: Int(NI_MAXHOST))
    let status = withRaw { getnameinfo($0, length, &host, socklen_t(host.count), nil, 0, NI_NUMERICHOST) }
    guard status == 0 else { return "unknown" }
    let name = host.withUnsafeBufferPointer { String(cString: $0.baseAddress.unsafelyUnwrapped) }
    return name.contains(":") ? "[\(name)]:\(port)" : "\(name):\(port)"
  }

  /// As limits and logs have it.
  public var client: ClientAddress {
    guard !isUnix else { return .unix }
    let address = withUnsafeBytes(of: storage) { IPAddress(bytes: family == AF_INET6 ? $0[8..<24] : $0[4..<8]) }
    return address.map { .internet($0, port: port) } ?? .unknown
  }

  /// What limits go by: an IPv4 address, also one that came over IPv6; of an IPv6 address the /64.
  public var network: String { client.network }

  /// Only this machine can be at the other end.
  public var isLoopback: Bool { client.isLoopback }

  func withRaw<Result>(_ body: (UnsafePointer<sockaddr>) -> Result) -> Result {
    withUnsafePointer(to: storage) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0) }
    }
  }
}
