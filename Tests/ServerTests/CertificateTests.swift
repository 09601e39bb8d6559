import CommandLine
import Support
import Testing

@testable import Server

struct CertificateHostTests {
  @Test(arguments: [
    ("desk.local", CertificateHost.name("desk.local")), ("DESK", .name("desk")),
    ("192.168.1.20", .address("192.168.1.20")),
    ("[fd00::1]", .address("fd00::1")), ("fd00::1", .address("fd00::1")),
    ("xn--bcher-kva.example", .name("xn--bcher-kva.example")),
  ])
  func `a name or an address is a host`(_ text: String, _ host: CertificateHost) {
    #expect(CertificateHost(text) == host)
  }

  @Test(arguments: [
    "", "*.local", "https://desk.local", "desk.local:8000", "a b", "-a", "a-", ".a", "a.", "a..b", "1.2.3", "1.2.3.4.5",
    "256.1.1.1", "a_b", "b\u{fc}cher.example", "a,DNS:evil.example", String(repeating: "a", count: 64),
  ])
  func `anything else is none`(text: String) { #expect(CertificateHost(text) == nil) }
}

struct CertificateTests {
  private let hosts = [CertificateHost.name("desk.local"), .address("192.168.1.20")] + CertificateHost.local

  @Test func `an authority vouches for what it has signed, for these hosts and no others`() throws {
    let authority = try Certificate.authority(for: hosts, days: 10)
    let server = try authority.issue(for: hosts, days: 5)
    for host in hosts { #expect(authority.distrust(of: server, as: host) == nil, "\(host)") }
    for host in [CertificateHost.name("evil.example"), .address("192.168.1.21")] {
      #expect(authority.distrust(of: server, as: host) != nil)
    }
    // Its key in the wrong hands makes no certificate that anybody trusts for another host.
    let forged = try authority.issue(for: [.name("bank.example")], days: 5)
    #expect(authority.distrust(of: forged, as: .name("bank.example"))?.contains("permitted subtree") == true)
    let other = try Certificate.authority(for: hosts, days: 10)
    #expect(other.distrust(of: server, as: hosts[0]) != nil)
  }

  @Test func `it can be written and read, and no key goes with another certificate`() throws {
    let authority = try Certificate.authority(for: hosts, days: 10)
    let read = try Certificate(certificate: authority.certificateText, key: authority.keyText)
    #expect(read.fingerprint == authority.fingerprint)
    #expect(authority.fingerprint.split(separator: ":").count == 32)
    let server = try read.issue(for: hosts, days: 5)
    #expect(authority.distrust(of: server, as: hosts[0]) == nil)
    #expect(throws: CertificateProblem.self) {
      try Certificate(certificate: authority.certificateText, key: server.keyText)
    }
    for text in ["", "junk", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
      #expect(throws: CertificateProblem.self) {
        try Certificate(certificate: Array(text.utf8), key: authority.keyText)
      }
    }
  }

  @Test func `files are for their owner alone, and the authority is kept`() throws {
    let place = try TemporaryFolder()
    let folder = CertificateFolder(path: "\(place.path)/certificates")
    let first = try folder.make(for: [.name("desk.local")])
    #expect(first.isNew)
    for file in [folder.authority, folder.authorityKey, folder.certificate, folder.key] {
      #expect(try ShellCommand.run("stat -c %a \(file)").hasPrefix("600"), "\(file)")
    }
    #expect(try ShellCommand.run("stat -c %a \(folder.path)").hasPrefix("700"))
    let before = TextFile.read(folder.certificate)
    let second = try folder.make(for: [.name("desk.local")])
    #expect(!second.isNew)
    #expect(second.authority.fingerprint == first.authority.fingerprint)
    #expect(TextFile.read(folder.certificate) != before)
    let failure = #expect(throws: CertificateFolder.Failure.self) { try folder.make(for: [.name("other.example")]) }
    #expect(failure?.description.contains("cannot sign for other.example") == true)
    #expect(throws: CertificateFolder.Failure.self) { try CertificateFolder(path: "/nowhere/x").make(for: []) }
  }

  private func run(_ arguments: [String]) throws -> Result<String, CertificateFolder.Failure> {
    try CertificateCommand.run(Settings(CertificateCommand.flags, arguments: arguments, environment: { _ in nil }))
  }

  @Test(arguments: [
    [], ["--host", ""], ["--host", "*"], ["--host", "a, b"], ["x", "--host", "a"], ["--host", ","],
  ])
  func `without a host it makes nothing`(arguments: [String]) {
    #expect(throws: UsageError.self) { try run(arguments) }
  }

  @Test func `it says what to do with the files`() throws {
    let place = try TemporaryFolder()
    let text = try run(["--host", "desk.local,192.168.1.20", "--out", "\(place.path)/c"]).get()
    #expect(text.hasPrefix("Made the authority \(place.path)/c/authority.crt"))
    #expect(text.contains("--tls-cert \(place.path)/c/server.crt --tls-key \(place.path)/c/server.key"))
    #expect(text.contains("Open https://desk.local:8000/"))
    #expect(try run(["--host", "desk.local", "--out", "\(place.path)/c"]).get().hasPrefix("Kept the authority"))
  }
}
