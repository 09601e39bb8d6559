internal import CLinux
import Glibc
internal import Platform

/// Accepts connections on a host and port, or on a Unix socket. It leaves some descriptors free, and rests when they
/// run out: otherwise it would be woken again at once, for ever.
public final class Listener {
  /// How long nothing is accepted after descriptors ran out; new connections wait in the kernel's queue.
  private static let exhaustedPause = Duration.milliseconds(100)
  /// Accepted in one go, before other events are handled.
  private static let batch = 64
  /// Descriptors that no connection gets: without them a worker that died could not be replaced while the crowd stays,
  /// nor tokens and certificate be read again.
  private static let reserve = 8

  /// What the operator should know.
  public enum Notice: Equatable, Sendable {
    /// Descriptors or memory ran out: new connections wait, open ones continue.
    case exhausted
    case acceptingAgain
  }

  public private(set) var port: Int
  /// Whether every address listened on is this machine's own alone.
  public private(set) var isOnLoopback = true
  private var sockets: [(descriptor: Int32, watch: DescriptorWatch)] = []
  /// Of the Unix socket, which is removed at the end.
  private var path: String?
  private let loop: EventLoop
  private let accepted: (Int32) -> Void
  private let notice: (Notice) -> Void
  private var isExhausted = false
  /// The first descriptor of the reserve. The kernel gives out the lowest that is free.
  private let firstReserved: Int
  /// The last connection took a descriptor of the reserve.
  private var hasTouchedReserve = false
  /// When `exhausted` was last reported, at most once a second.
  private var reportedAt: Duration?
  private var isReported = false

  /// Listens on every address of the host: `localhost` is `127.0.0.1` and `::1`. Port 0 takes a free one. A host that
  /// begins with `/` is the path of a Unix socket.
  /// - Parameters:
  ///   - notice: called when connections have to wait, and when they no longer do.
  ///   - accepted: takes over the descriptor of a new connection.
  public convenience init(
    loop: EventLoop, host: String, port: Int, notice: @escaping (Notice) -> Void = { _ in },
    accepted: @escaping (Int32) -> Void
  ) throws(IOError) {
    self.init(loop, port: port, notice, accepted)
    var failure: IOError?
    for var address in try Self.addresses(host: host, port: port) {
      address.port = self.port
      do {
        try open(address, host: host)
      } catch {
        // Of several addresses one is enough: a machine without IPv6 can still have `::1 localhost` in /etc/hosts.
        failure = failure ?? error
      }
    }
    if sockets.isEmpty, let failure { throw failure }
    // Another program has this port on one of the addresses: half a server would puzzle everyone.
    if case .portInUse? = failure, port != 0 {
      close()
      throw .portInUse(host: host, port: port)
    }
  }

  /// Accepts on sockets that listen already. They are closed at the end, but whoever handed them over still has them.
  public convenience init(
    loop: EventLoop, adopting descriptors: [Int32], notice: @escaping (Notice) -> Void = { _ in },
    accepted: @escaping (Int32) -> Void
  ) throws(IOError) {
    self.init(loop, port: 0, notice, accepted)
    for descriptor in descriptors {
      guard listens_as_stream(descriptor) == 1, let address = SocketAddress(of: descriptor) else {
        throw .notListening(descriptor: descriptor)
      }
      _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
      _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
      if sockets.isEmpty { port = address.port }
      add(descriptor, address)
    }
  }

  private init(
    _ loop: EventLoop, port: Int, _ notice: @escaping (Notice) -> Void, _ accepted: @escaping (Int32) -> Void
  ) {
    self.loop = loop
    self.port = port
    self.accepted = accepted
    self.notice = notice
    firstReserved = DescriptorLimit.current.map { $0 - Self.reserve } ?? .max
  }

  deinit { close() }

  private static func addresses(host: String, port: Int) throws(IOError) -> [SocketAddress] {
    do { return try SocketAddress.resolve(host: host, port: port) } catch {
      guard case .unresolved(_, let reason) = error else { throw error }
      throw .cannotListen(host: host, port: port, reason: reason)
    }
  }

  private func open(_ address: SocketAddress, host: String) throws(IOError) {
    let descriptor = socket(address.family, nonblocking_stream_socket(), 0)
    func failure() -> IOError {
      let number = errno
      if number == EADDRINUSE { return .portInUse(host: host, port: port) }
      return .cannotListen(host: host, port: port, reason: String(cString: strerror(number)))
    }
    guard descriptor >= 0 else { throw failure() }
    var on: Int32 = 1
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
    if address.family == AF_INET6 {
      // `::` takes IPv4 too; beside `0.0.0.0` or `127.0.0.1` an address of its own must not.
      var only: Int32 = address.text.hasPrefix("[::]:") ? 0 : 1
      setsockopt(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, &only, socklen_t(MemoryLayout<Int32>.size))
    }
    if SocketAddress.isPath(host) { Self.removeStale(address, host) }
    guard address.withRaw({ bind(descriptor, $0, address.length) }) == 0, listen(descriptor, 4096) == 0 else {
      let error = failure()
      Glibc.close(descriptor)
      throw error
    }
    if SocketAddress.isPath(host) { path = host }
    port = SocketAddress(of: descriptor)?.port ?? port
    add(descriptor, address)
  }

  private func add(_ descriptor: Int32, _ address: SocketAddress) {
    if !address.isLoopback { isOnLoopback = false }
    let watch = loop.watch(descriptor: descriptor, readable: { [unowned self] in self.accept(from: descriptor) })
    sockets.append((descriptor, watch))
  }

  /// Removes the socket of a server that died: nobody listens on it.
  private static func removeStale(_ address: SocketAddress, _ path: String) {
    let probe = socket(address.family, nonblocking_stream_socket(), 0)
    guard probe >= 0 else { return }
    if address.withRaw({ connect(probe, $0, address.length) }) != 0, errno == ECONNREFUSED { unlink(path) }
    Glibc.close(probe)
  }

  private func accept(from listening: Int32) {
    for _ in 0..<Self.batch {
      if hasTouchedReserve, !isReserveWhole { return rest() }
      let descriptor = accept_nonblocking(listening)
      guard descriptor >= 0 else {
        switch errno {
        case EINTR, ECONNABORTED, EPROTO: continue
        case EMFILE, ENFILE, ENOBUFS, ENOMEM: return rest()
        default: return
        }
      }
      hasTouchedReserve = Int(descriptor) >= firstReserved
      var on: Int32 = 1
      setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
      if isReported {
        isReported = false
        notice(.acceptingAgain)
      }
      accepted(descriptor)
      if sockets.isEmpty { return }
    }
  }

  private var isReserveWhole: Bool {
    guard let some = sockets.first?.descriptor else { return false }
    let lowest = dup(some)
    if lowest >= 0 { Glibc.close(lowest) }
    return lowest >= 0 && Int(lowest) < firstReserved
  }

  private func rest() {
    guard !isExhausted else { return }
    isExhausted = true
    if reportedAt.map({ loop.now - $0 >= .seconds(1) }) ?? true {
      reportedAt = loop.now
      isReported = true
      notice(.exhausted)
    }
    for socket in sockets { socket.watch.wantsReadable = false }
    loop.after(Self.exhaustedPause) { [weak self] in
      guard let self else { return }
      self.isExhausted = false
      for socket in self.sockets { socket.watch.wantsReadable = true }
    }
  }

  /// Closes an accepted descriptor that is not wanted.
  public static func reject(_ descriptor: Int32) { Glibc.close(descriptor) }

  public func close() {
    for socket in sockets {
      socket.watch.cancel()
      Glibc.close(socket.descriptor)
    }
    sockets = []
    if let path { unlink(path) }
    path = nil
  }
}
