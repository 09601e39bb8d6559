public import IO

/// What a server accepts before it knows the client.
public struct Reception: Equatable, Sendable {
  /// From the first byte that could come to the whole head of a request; also between two requests, and for TLS's
  /// handshake.
  public var handshake = Duration.seconds(10)
  /// Connections that are no WebSocket, or not yet; more are closed at once.
  public var maximumRequesting = 4096
  /// Connections of any kind from one network; more are closed at once. 0: no limit.
  public var maximumPerNetwork = 0
  /// Whether that is not asked of this machine's own addresses.
  public var sparesLoopback = false
  /// Where the certificate and its key are; nil: no TLS.
  public var certificate: CertificateFiles?
  public init() {}
}
