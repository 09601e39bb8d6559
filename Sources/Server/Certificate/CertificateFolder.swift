import Glibc
import Platform

/// Where an authority and the certificate that it has signed are kept, all readable by their owner alone.
struct CertificateFolder {
  struct Failure: Error, CustomStringConvertible {
    var description: String
  }

  let path: String

  /// To be installed on the devices that are to trust the server.
  var authority: String { "\(path)/authority.crt" }
  /// Whoever has it can pass for the server.
  var authorityKey: String { "\(path)/authority.key" }
  var certificate: String { "\(path)/server.crt" }
  var key: String { "\(path)/server.key" }

  /// An authority lasts; phones accept no certificate of one for longer than 825 days.
  private static let authorityDays = 3650
  private static let certificateDays = 800
  private static let maximumBytes = 64 << 10

  /// Makes a certificate for the hosts, and the authority if there is none.
  /// - Returns: the authority, and whether it is new.
  func make(for hosts: [CertificateHost]) throws(Failure) -> (authority: Certificate, isNew: Bool) {
    guard mkdir(path.systemName, 0o700) == 0 || errno == EEXIST else {
      throw failure(SystemError(call: "mkdir", code: errno), path)
    }
    let all = hosts + CertificateHost.local.filter { !hosts.contains($0) }
    let kept = try read()
    let authority: Certificate
    let server: Certificate
    do throws(CertificateProblem) {
      if let kept { authority = kept } else { authority = try .authority(for: all, days: Self.authorityDays) }
      server = try authority.issue(for: all, days: Self.certificateDays)
    } catch {
      throw Failure(description: "OpenSSL: \(error)")
    }
    for host in all {
      guard let reason = authority.distrust(of: server, as: host) else { continue }
      throw Failure(
        description:
          "\(self.authority) cannot sign for \(host.text) (\(reason)): name the hosts it was made for, or another --out"
      )
    }
    if kept == nil {
      try write(authority.keyText, to: authorityKey)
      try write(authority.certificateText, to: self.authority)
    }
    try write(server.keyText, to: key)
    try write(server.certificateText, to: certificate)
    return (authority, kept == nil)
  }

  /// The authority that is there; nil if there is none.
  private func read() throws(Failure) -> Certificate? {
    guard access(authority.systemName, F_OK) == 0 || access(authorityKey.systemName, F_OK) == 0 else { return nil }
    let (text, key) = (try bytes(authority), try bytes(authorityKey))
    do throws(CertificateProblem) {
      return try Certificate(certificate: text, key: key)
    } catch {
      throw Failure(description: "\(authority): \(error)")
    }
  }

  private func bytes(_ path: String) throws(Failure) -> [UInt8] {
    do throws(SystemError) { return try SmallFile.bytes(of: path, upTo: Self.maximumBytes) } catch {
      throw failure(error, path)
    }
  }

  private func write(_ bytes: [UInt8], to path: String) throws(Failure) {
    do throws(SystemError) { try SmallFile.replace(path, with: bytes, keepsAccess: false) } catch {
      throw failure(error, path)
    }
  }

  private func failure(_ error: SystemError, _ path: String) -> Failure {
    Failure(description: "\(path): \(error)")
  }
}
