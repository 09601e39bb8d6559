/// Files in PEM: a server's or a client's certificate, followed by those between it and its authority, and its key.
public struct CertificateFiles: Equatable, Sendable {
  public var certificate: String
  public var key: String
  public init(certificate: String, key: String) {
    self.certificate = certificate
    self.key = key
  }
}
