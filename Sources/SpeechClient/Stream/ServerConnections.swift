package import IO
import Platform
package import Web

/// The connections of streams to their servers, on one loop.
package final class ServerConnections {
  /// The largest message accepted. A receipt lists up to 4 MiB of texts, and the rest of any message is small.
  private static let messageBytes = 5 << 20

  private let sockets: WebSocketClient
  private let proxies = ProxySettings(environment: environmentVariable)
  /// Delegates of the connections that have not ended.
  private var delegates: [ObjectIdentifier: any WebSocketClientDelegate] = [:]

  package init(on loop: EventLoop) {
    sockets = WebSocketClient(loop: loop, maximumMessageBytes: Self.messageBytes, proxies: proxies)
  }

  /// Sets the credentials and a file with the trusted certificates. Before the first connection.
  package func use(token: String?, authorities: String?) {
    sockets.token = token
    sockets.authorities = authorities
  }

  /// Servers are reached through the Unix socket at this path.
  package func reach(socket path: String) { sockets.socket = path }

  /// The proxy that leads to a server, if there is one.
  package func proxyName(for url: WebSocketURL) -> String? { proxies.proxyName(for: url) }

  /// Connects, and keeps the delegate alive until `release`: a connection ends later than it is dropped.
  package func connect(to url: WebSocketURL, delegate: any WebSocketClientDelegate) -> ClientConnection {
    let connection = sockets.connect(to: url, delegate: delegate)
    delegates[ObjectIdentifier(connection)] = delegate
    return connection
  }

  /// The connection has ended.
  package func release(_ connection: ClientConnection) { delegates[ObjectIdentifier(connection)] = nil }
}
