/// Certificates of a test's own: an authority, and one for localhost and 127.0.0.1 that it has signed. Needs the
/// program openssl.
public final class TestCertificates: Sendable {
  public static let isAvailable = ShellCommand.has("openssl")
  public static let requirement = "the program openssl is missing: Scripts/setup installs it"

  private let folder: TemporaryFolder
  public var authority: String { "\(folder.path)/ca.pem" }
  public var certificate: String { "\(folder.path)/cert.pem" }
  public var key: String { "\(folder.path)/key.pem" }

  /// - Parameter names: as OpenSSL's subjectAltName has them.
  public init(names: String = "DNS:localhost,IP:127.0.0.1") throws {
    folder = try TemporaryFolder()
    let new = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"
    try ShellCommand.run(
      """
      cd \(folder.path) && openssl req -x509 \(new) -keyout ca.key -out ca.pem -subj '/CN=Test authority' -days 2 \
      && openssl req \(new) -keyout key.pem -out request.pem -subj '/CN=Test server' \
      && echo 'subjectAltName=\(names)' >names && openssl x509 -req -in request.pem -CA ca.pem -CAkey ca.key \
      -CAcreateserial -out cert.pem -days 2 -extfile names
      """)
  }

  /// Puts another's certificate and key in the place of these.
  public func take(from other: TestCertificates) throws {
    try ShellCommand.run("cp \(other.certificate) \(certificate) && cp \(other.key) \(key)")
  }
}
