import Glibc
internal import IO
internal import Platform

/// A listening socket of our own: the library only gets what has been accepted.
///
/// Its own listener neither tells a port in use from other failures nor rests when descriptors have run out: it would
/// be woken again at once, for ever.
final class Listener {
  /// How long nothing is accepted after descriptors ran out; the kernel's queue holds whoever comes meanwhile.
  private static let exhaustedPause = Duration.milliseconds(100)
  /// Accepted in one go before the others' turn comes.
  private static let batch = 64
  /// Descriptors no connection gets: with every one taken a worker that died could not be replaced as long as the crowd
  /// stays, nor tokens and certificate be read again.
  private static let reserve = 8

  private(set) var port: Int
  /// Whether every address listened on is this machine's own alone.
  private(set) var isOnLoopback = true
  private var sockets: [(descriptor: Int32, watch: DescriptorWatch)] = []
  private let loop: EventLoop
  private let accepted: (Int32) -> Void
  private var isExhausted = false
  /// The first descriptor of the reserve. The kernel gives out the lowest that is free.
  private let firstReserved: Int
  /// The last connection took one of the reserve.
  private var hasTouchedReserve = false
  /// When it was last said that descriptors had run out, and that they had not any more; it is said once a second at
  /// most.
  private var toldAt: Duration?
  private var isTold = false

  /// Listens on every address of the host: `localhost` is `127.0.0.1` and `::1`. Port 0 takes a free one.
  init(loop: EventLoop, host: String, port: Int, accepted: @escaping (Int32) -> Void) throws(WebSocketError) {
    self.loop = loop
    self.port = port
    self.accepted = accepted
    firstReserved = DescriptorLimit.current.map { $0 - Self.reserve } ?? .max
    var failure: WebSocketError?
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
    // Somebody else has this port on one of the addresses: half a server would puzzle everyone.
    if case .portInUse? = failure, port != 0 {
      close()
      throw .portInUse(host: host, port: port)
    }
  }

  deinit { close() }

  private static func addresses(host: String, port: Int) throws(WebSocketError) -> [SocketAddress] {
    do throws(IOError) { return try SocketAddress.resolve(host: host, port: port) } catch {
      guard case .unresolved(_, let reason) = error else { throw WebSocketError(error) }
      throw .cannotListen(host: host, port: port, reason: reason)
    }
  }

  private func open(_ address: SocketAddress, host: String) throws(WebSocketError) {
    let descriptor = socket(address.family, LibraryContext.streamType | LibraryContext.descriptorFlags, 0)
    func failure() -> WebSocketError {
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
    guard address.withRaw({ bind(descriptor, $0, address.length) }) == 0, listen(descriptor, 4096) == 0 else {
      let error = failure()
      Glibc.close(descriptor)
      throw error
    }
    port = SocketAddress(of: descriptor)?.port ?? port
    if !address.isLoopback { isOnLoopback = false }
    let watch = loop.watch(descriptor: descriptor, readable: { [unowned self] in self.accept(from: descriptor) })
    sockets.append((descriptor, watch))
  }

  private func accept(from listening: Int32) {
    for _ in 0..<Self.batch {
      if hasTouchedReserve, !isReserveWhole { return rest() }
      let descriptor = LibraryContext.accept(from: listening)
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
      if isTold {
        isTold = false
        WebSocketLog.write(.warning, "accepting connections again")
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
    if toldAt.map({ loop.now - $0 >= .seconds(1) }) ?? true {
      toldAt = loop.now
      isTold = true
      WebSocketLog.write(.error, "out of descriptors or memory: new connections wait, those open go on")
    }
    for socket in sockets { socket.watch.wantsReadable = false }
    loop.after(Self.exhaustedPause) { [weak self] in
      guard let self else { return }
      self.isExhausted = false
      for socket in self.sockets { socket.watch.wantsReadable = true }
    }
  }

  func close() {
    for socket in sockets {
      socket.watch.cancel()
      Glibc.close(socket.descriptor)
    }
    sockets = []
  }
}
