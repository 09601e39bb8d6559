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

  /// `127.0.0.1:53312`, `[::1]:53312`
  public var text: String {
    guard !isUnix else { return "unix" }
    var host = [CChar](repeating: 0, count: Int(NI_MAXHOST))
    let status = withRaw { getnameinfo($0, length, &host, socklen_t(host.count), nil, 0, NI_NUMERICHOST) }
    guard status == 0 else { return "unknown" }
    let name = host.withUnsafeBufferPointer { String(cString: $0.baseAddress.unsafelyUnwrapped) }
    return name.contains(":") ? "[\(name)]:\(port)" : "\(name):\(port)"
  }

  /// What limits go by: an IPv4 address, also one that came over IPv6; of an IPv6 address the /64, which is what one
  /// customer gets.
  public var network: String {
    guard !isUnix else { return "unix" }
    return withUnsafeBytes(of: storage) { bytes in
      guard family == AF_INET6 else { return Self.dotted(bytes[4..<8]) }
      let address = bytes[8..<24]
      let isMapped =
        address.prefix(10).allSatisfy { $0 == 0 } && address.dropFirst(10).prefix(2).allSatisfy { $0 == 255 }
      if isMapped { return Self.dotted(address.suffix(4)) }
      // The loopback address's own /64 holds nothing else that is routed.
      if address.dropLast().allSatisfy({ $0 == 0 }), address.last == 1 { return "::1" }
      let groups = stride(from: 8, to: 16, by: 2).map { String(Int(bytes[$0]) << 8 | Int(bytes[$0 + 1]), radix: 16) }
      return groups.joined(separator: ":") + "::/64"
    }
  }

  /// Only this machine can be at the other end.
  public var isLoopback: Bool { isUnix || network == "::1" || network.hasPrefix("127.") }

  private static func dotted(_ bytes: Slice<UnsafeRawBufferPointer>) -> String {
    bytes.map { String($0) }.joined(separator: ".")
  }

  func withRaw<Result>(_ body: (UnsafePointer<sockaddr>) -> Result) -> Result {
    withUnsafePointer(to: storage) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0) }
    }
  }
}
