import Dialects
import IO
import JSON
import Platform
import Recognition
import Streams
import Web

/// Clients of the Wyoming protocol, on a port of their own. All are on the first loop.
extension Gateway: WyomingOwner {
  /// The name of a socket of the service manager for these clients.
  static let wyomingSocket = "wyoming"

  func listenForWyoming() throws(IOError) {
    let (settings, sockets) = (context.settings, context.activation.named(Self.wyomingSocket))
    let accepted: (Int32) -> Void = { [unowned self] in accept(wyoming: $0) }
    if let port = settings.entrance.wyomingPort, sockets.isEmpty {
      let listener = try Listener(loop: loop, host: settings.host, port: port, accepted: accepted)
      sessions.wyoming.listener = listener
      log.always(.info, "listening on tcp://\(settings.urlHost):\(listener.port) (Wyoming)")
    } else if let first = sockets.first {
      let listener = try Listener(loop: loop, adopting: sockets, accepted: accepted)
      guard settings.entrance.mayListenForWyoming(isOnLoopback: listener.isOnLoopback) else {
        return log.write(
          .error,
          "not listening for Wyoming: its clients have no tokens; expected a loopback address, or --wyoming-open")
      }
      sessions.wyoming.listener = listener
      log.always(.info, "listening on tcp://\(SocketAddress(of: first)?.text ?? "") (Wyoming)")
    } else {
      return
    }
    loop.after(.seconds(5), repeating: .seconds(5)) { [unowned self] in
      for connection in sessions.wyoming.connections.values { connection.checkPatience() }
    }
  }

  private func accept(wyoming descriptor: Int32) {
    let address = SocketAddress(peerOf: descriptor)?.client ?? .unknown
    let client = ClientIdentity(network: address.network, holder: nil)
    let isProxy = shared.configuration.entrance.trustedProxies.contains(address)
    let isTooMany = !isProxy && shared.access.withControl { $0.limits.excess(of: client) } != nil
    guard !isTooMany, shared.access.connections < Self.maximumConnections else { return Listener.reject(descriptor) }
    let stream = ByteStream(descriptor, on: loop, proxyHeader: isProxy ? .taken : .refused)
    let connection = WyomingConnection(stream, peer: address.text, client: client, owner: self)
    shared.access.opened(ObjectIdentifier(connection), by: client)
    budget.clients = shared.access.connections
    sessions.wyoming.connections[ObjectIdentifier(connection)] = connection
  }

  func proxied(_ connection: WyomingConnection, for address: ClientAddress) {
    let id = ObjectIdentifier(connection)
    let client = ClientIdentity(network: address.network, holder: nil)
    let isTooMany = shared.access.withControl { control in
      defer {
        control.closed(id)
        control.opened(id, by: client)
      }
      return control.limits.excess(of: client) != nil
    }
    (connection.client, connection.peer) = (client, address.text)
    if isTooMany { connection.drop() }
  }

  func open(
    _ request: StreamRequest, language: String?, ignored: [String], on connection: WyomingConnection
  ) throws(WyomingProblem) {
    guard lifecycle.isServing, !budget.isFull else { throw WyomingProblem(.unavailable) }
    if let full = workers.admit(request.engine) { throw WyomingProblem(full) }
    var opening = Opening(request: request) { _ in WyomingTranscript(language: language) }
    opening.ignored = ignored
    let session = session(of: opening, for: connection.client)
    if let excess = refusesSpeech(of: session, opening: opening) { throw WyomingProblem(.delayed(excess)) }
    connect(session, to: connection)
  }

  func finished(_ session: Session, on connection: WyomingConnection) { lost(connection, of: session, code: 1000) }

  func ended(_ connection: WyomingConnection, session: Session?) {
    sessions.wyoming.connections[ObjectIdentifier(connection)] = nil
    shared.access.closed(ObjectIdentifier(connection))
    budget.clients = shared.access.connections
    if let session { lost(connection, of: session, code: nil) }
  }
}
