internal import Glibc
internal import Platform

/// Looks up the addresses of hosts on a thread of its own, as the system's resolver blocks.
enum Resolver {
  /// Calls back on the loop. The answer is dropped if the loop has ended.
  static func resolve(
    host: String, port: Int, on loop: EventLoop,
    _ completion: @escaping (Result<[SocketAddress], IOError>) -> Void
  ) {
    // Only used on the loop's thread.
    nonisolated(unsafe) let completion = completion
    let gate = loop.gate
    do throws(SystemError) {
      try SystemThread {
        let result = Result { () throws(IOError) in try SocketAddress.resolve(host: host, port: port) }
        gate.submit { completion(result) }
      }.detach()
    } catch {
      completion(.failure(.unresolved(host: host, reason: "\(error)")))
    }
  }
}
