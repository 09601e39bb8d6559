internal import IO

/// Files in PEM for TLS with a broker. They are read again for each connection, so that they can be renewed.
public struct BrokerTLS: Equatable, Sendable {
  /// The certificates that the broker's must be signed by; nil: the system's.
  var authorities: String?
  /// The machine's own certificate, if the broker wants one.
  var identity: CertificateFiles?

  /// Whether anything says that a connection is to be encrypted.
  var isGiven: Bool { authorities != nil || identity != nil }

  /// - Throws: `badCertificate` with the file that can't be used.
  func context() throws(IOError) -> TLSContext {
    try TLSContext(trusting: authorities, as: identity, isHTTP: false)
  }
}
