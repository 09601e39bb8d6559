internal import CLinux
import Glibc

/// Connects to a host: looks up its addresses and tries them as `ConnectionRace` says. On the loop's thread.
public final class Connector {
  private let loop: EventLoop
  private var race = ConnectionRace(isIPv6: [])
  private var addresses: [SocketAddress] = []
  private var attempts: [Int32: DescriptorWatch] = [:]
  private var delay: LoopTimer?
  private var reason = ""
  private var completion: ((Result<Int32, IOError>) -> Void)?
  private let host: String

  /// Begins at once. `completion` is called later, once, with a connected descriptor or the first reason for failure;
  /// not after `cancel`.
  public init(host: String, port: Int, on loop: EventLoop, completion: @escaping (Result<Int32, IOError>) -> Void) {
    self.loop = loop
    self.host = host
    self.completion = completion
    Resolver.resolve(host: host, port: port, on: loop) { [weak self] result in
      guard let self, self.completion != nil else { return }
      switch result {
      case .success(let addresses): begin(addresses)
      case .failure(let error): end(.failure(error))
      }
    }
  }

  deinit { cancel() }

  public func cancel() {
    completion = nil
    delay?.cancel()
    for (descriptor, watch) in attempts {
      watch.cancel()
      close(descriptor)
    }
    attempts = [:]
  }

  private func begin(_ addresses: [SocketAddress]) {
    self.addresses = addresses
    race = ConnectionRace(isIPv6: addresses.map { $0.family == AF_INET6 })
    perform(race.next())
  }

  private func perform(_ action: ConnectionRace.Action) {
    switch action {
    case .start(let number): start(addresses[number])
    case .wait: break
    case .fail: end(.failure(.unreachable(host: host, reason: reason)))
    }
  }

  private func start(_ address: SocketAddress) {
    delay?.cancel()
    let descriptor = socket(address.family, nonblocking_stream_socket(), 0)
    guard descriptor >= 0 else { return failed(errno) }
    var on: Int32 = 1
    setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
    let status = address.withRaw { connect(descriptor, $0, address.length) }
    guard status == 0 || errno == EINPROGRESS else {
      let number = errno
      close(descriptor)
      return failed(number)
    }
    attempts[descriptor] = loop.watch(descriptor: descriptor, writable: { [unowned self] in finish(descriptor) })
    delay = loop.after(ConnectionRace.attemptDelay) { [unowned self] in perform(race.next()) }
  }

  private func finish(_ descriptor: Int32) {
    var error: Int32 = 0
    var size = socklen_t(MemoryLayout<Int32>.size)
    getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &size)
    attempts.removeValue(forKey: descriptor)?.cancel()
    guard error == 0 else {
      close(descriptor)
      return failed(error)
    }
    end(.success(descriptor))
  }

  private func failed(_ number: Int32) {
    if reason.isEmpty { reason = String(cString: strerror(number)) }
    perform(race.failed())
  }

  private func end(_ result: Result<Int32, IOError>) {
    let completion = completion
    cancel()
    completion?(result)
  }
}
