/// Certificates of a test's own: an authority, and one for localhost and 127.0.0.1 that it has signed. Needs the
/// program openssl.
public final class TestCertificates: Sendable {
  public static let isAvailable = ShellCommand.has("openssl")
  public static let requirement = "the program openssl is missing: Scripts/setup installs it"

  private let folder: TemporaryFolder
  public var authority: String { "\(folder.path)/ca.pem" }
  public var certificate: String { "\(folder.path)/cert.pem" }
  public var key: String { "\(folder.path)/key.pem" }

  private static let new = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"

  /// - Parameters:
  ///   - names: as OpenSSL's subjectAltName has them.
  ///   - days: until it ends; -1 is yesterday.
  public init(names: String = "DNS:localhost,IP:127.0.0.1", days: Int = 2) throws {
    folder = try TemporaryFolder()
    try ShellCommand.run(
      "cd \(folder.path) && openssl req -x509 \(Self.new) -keyout ca.key -out ca.pem -subj '/CN=Test authority' -days 2"
    )
    try issue("cert.pem", "key.pem", subject: "Test server", names: names, days: days)
  }

  private func issue(_ certificate: String, _ key: String, subject: String, names: String, days: Int) throws {
    try ShellCommand.run(
      """
      cd \(folder.path) && openssl req \(Self.new) -keyout \(key) -out request.pem -subj '/CN=\(subject)' \
      && echo 'subjectAltName=\(names)' >names && openssl x509 -req -in request.pem -CA ca.pem -CAkey ca.key \
      -CAcreateserial -out \(certificate) -days \(days) -extfile names
      """)
  }

  /// A certificate of a client and its key, by the same authority.
  public func identity(of client: String) throws -> (certificate: String, key: String) {
    try issue("\(client).pem", "\(client).key", subject: client, names: "DNS:\(client)", days: 2)
    return ("\(folder.path)/\(client).pem", "\(folder.path)/\(client).key")
  }

  /// A file that is neither a certificate nor a key.
  public func broken() throws -> String {
    try ShellCommand.run("echo broken >\(folder.path)/broken.pem")
    return "\(folder.path)/broken.pem"
  }

  /// Puts another's certificate and key in the place of these.
  public func take(from other: TestCertificates) throws {
    try ShellCommand.run("cp \(other.certificate) \(certificate) && cp \(other.key) \(key)")
  }
}
