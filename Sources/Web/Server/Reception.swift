public import IO

/// What a server accepts before it knows the client.
public struct Reception: Equatable, Sendable {
  /// From the first byte that could come to the whole head of a request; also between two requests, and for TLS's
  /// handshake.
  public var handshake = Duration.seconds(10)
  /// Without a piece of a body that is taken.
  public var body = Duration.seconds(30)
  /// Connections that are no WebSocket, or not yet. For more, the oldest is closed of the network that has the most.
  public var maximumRequesting = 4096
  /// The same from one network; for more, its oldest is closed. 0: no limit.
  public var maximumRequestingPerNetwork = 0
  /// Connections of any kind from one network. For more, the oldest of them that is no WebSocket is closed, or where
  /// all are, the newcomer. 0: no limit.
  public var maximumPerNetwork = 0
  /// Whether neither number is asked of this machine's own addresses.
  public var sparesLoopback = false
  /// They are believed when they name the client, with the PROXY protocol or in a request's head, and may have any
  /// number of connections.
  public var trustedProxies = TrustedProxies()
  /// Where the certificate and its key are; nil: no TLS.
  public var certificate: CertificateFiles?
  public init() {}

  /// Whether the numbers of one network are not asked of this one.
  func isSpared(_ client: ClientAddress) -> Bool {
    sparesLoopback && client.isLoopback || trustedProxies.contains(client)
  }
}
