/// How a server meets strangers: what it takes before it knows who is there.
public struct Reception: Equatable, Sendable {
  /// From the first byte that could come to the whole head of a request; also between two requests, and for TLS's
  /// handshake.
  public var handshake = Duration.seconds(10)
  /// Connections that are no WebSocket yet; more are closed at once. Each costs some 6 KiB, with TLS 20.
  public var maximumRequesting = 4096
  /// Connections of any kind from one network; more are closed at once. 0: no limit.
  public var maximumPerNetwork = 0
  /// Whether that is not asked of this machine's own addresses.
  public var sparesLoopback = false
  /// The one subprotocol that is agreed to when a client offers it; a client that offers others only is refused.
  public var subprotocol: String?
  /// Where the certificate and its key are; nil: no TLS.
  public var certificate: CertificateFiles?
  public init() {}
}

/// Files in PEM: the server's certificate, followed by those between it and its authority, and its key.
public struct CertificateFiles: Equatable, Sendable {
  public var certificate: String
  public var key: String
  public init(certificate: String, key: String) {
    self.certificate = certificate
    self.key = key
  }
}
