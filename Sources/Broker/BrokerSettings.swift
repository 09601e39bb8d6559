public import CommandLine
internal import Glibc
internal import IO
internal import Platform

/// The brokers that gateways and workers of several machines meet at.
public struct BrokerSettings: Sendable {
  /// Tried in turn.
  public var addresses: [BrokerAddress]
  public var login: BrokerLogin?
  public var tls = BrokerTLS()
  public var takesAnyVersion: Bool
  /// The machine in the names of its processes; a token of a subject.
  public var machine: String

  /// Whether the broker knows this machine.
  public var hasUser: Bool { login != nil || tls.identity != nil }

  public static let credentialsFlag = Flag(
    "broker-credentials", "FILE", variables: ["AUDIO_BROKER_CREDENTIALS"],
    "File with the user at the broker in its first line and the password in its second, or with the seed of an nkey.")

  public static let flags = [
    Flag(
      "broker", "URLS", variables: ["AUDIO_BROKER"],
      "NATS brokers at which servers and workers of several machines meet: nats://HOST:PORT, or tls://HOST:PORT where nothing may be said unencrypted; several separated by commas."
    ),
    credentialsFlag,
    Flag(
      "broker-ca", "FILE", variables: ["AUDIO_BROKER_CA"],
      "Certificates, PEM, one of which must have signed the broker's; with it TLS is required. Default: the system's."),
    Flag(
      "broker-cert", "FILE", variables: ["AUDIO_BROKER_CERT"],
      "Certificate of this machine, PEM, for brokers that want one; with it TLS is required."),
    Flag("broker-key", "FILE", variables: ["AUDIO_BROKER_KEY"], "Private key of that certificate, PEM."),
    Flag(
      "broker-any-version", variables: ["AUDIO_BROKER_ANY_VERSION"],
      "Use nats-servers with known holes, too: those before 2.12.7, and 2.13."),
    Flag(
      "machine", "NAME", variables: ["AUDIO_MACHINE"],
      "Name of this machine at the broker: letters, digits, - and _. Default: the host's name."),
  ]

  /// Nil: no broker.
  public init?(_ settings: Settings) throws(UsageError) {
    guard let list = settings.string("broker") else {
      for flag in Self.flags where settings.string(flag.name) != nil {
        throw UsageError("\(flag.name): expected only with --broker")
      }
      return nil
    }
    // Not repeated in errors: it may have a password in it.
    guard !list.contains("@") else {
      throw UsageError(
        "broker: expected no user in a URL, as everybody on this machine sees it in the list of processes; "
          + "give --broker-credentials FILE")
    }
    let parts = list.split(separator: ",", omittingEmptySubsequences: false)
    addresses = parts.compactMap { BrokerAddress(url: $0) }
    guard addresses.count == parts.count else {
      throw UsageError("broker: expected nats://HOST:PORT or tls://HOST:PORT, several separated by commas")
    }
    login = try Self.login(settings)
    takesAnyVersion = try settings.isOn("broker-any-version")
    machine = settings.string("machine") ?? Self.hostToken()
    guard SubjectToken.isOne(machine) else {
      throw settings.refuse("machine", allowed: "up to 64 letters, digits, - and _")
    }
    try readTLS(settings)
  }

  private static func login(_ settings: Settings) throws(UsageError) -> BrokerLogin? {
    guard let path = settings.string(credentialsFlag.name) else { return nil }
    let bytes: [UInt8]
    do throws(SystemError) { bytes = try SmallFile.bytes(of: path, upTo: BrokerLogin.mostBytes) } catch {
      throw settings.refuse(credentialsFlag.name, allowed: "\(BrokerLogin.fileContents) (\(error.reason))")
    }
    guard let login = BrokerLogin(text: String(decoding: bytes, as: UTF8.self)) else {
      throw settings.refuse(credentialsFlag.name, allowed: BrokerLogin.fileContents)
    }
    return login
  }

  private mutating func readTLS(_ settings: Settings) throws(UsageError) {
    tls.authorities = settings.string("broker-ca")
    switch (settings.string("broker-cert"), settings.string("broker-key")) {
    case (let certificate?, let key?): tls.identity = CertificateFiles(certificate: certificate, key: key)
    case (_?, nil): throw UsageError("broker-cert: expected --broker-key with it")
    case (nil, _?): throw UsageError("broker-key: expected --broker-cert with it")
    case (nil, nil): break
    }
    guard tls.isGiven else { return }
    do throws(IOError) {
      _ = try tls.context()
    } catch {
      guard case .badCertificate(let file, let reason) = error else { throw UsageError("broker: \(error)") }
      let flags = ["broker-ca", "broker-cert", "broker-key"]
      guard let flag = flags.first(where: { settings.string($0) == file }) else { throw UsageError("broker: \(error)") }
      throw settings.refuse(flag, allowed: "a file in PEM that can be used (\(reason))")
    }
  }

  /// The policy of one connection.
  public var redialPolicy: RedialPolicy {
    RedialPolicy(brokers: addresses.count, first: Int.random(in: addresses.indices))
  }

  /// The terms of a connection to one of the brokers.
  func terms(at address: BrokerAddress) -> BrokerTerms {
    var terms = BrokerTerms(login: login)
    terms.requiresTLS = address.requiresTLS || tls.isGiven
    terms.hasCertificate = tls.identity != nil
    terms.takesAnyVersion = takesAnyVersion
    return terms
  }

  private static func hostToken() -> String {
    var name = [CChar](repeating: 0, count: 256)
    guard gethostname(&name, name.count - 1) == 0 else { return "machine" }
    let bytes = name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:))
    return SubjectToken.made(from: String(decoding: bytes, as: UTF8.self))
  }
}

/// One word between the dots of a subject.
public enum SubjectToken {
  private static let longest = 64

  public static func isOne(_ text: String) -> Bool {
    (1...longest).contains(text.utf8.count) && text.utf8.allSatisfy(isAllowed)
  }

  /// The same with other characters replaced.
  static func made(from text: String) -> String {
    let bytes = text.utf8.prefix(longest).map { isAllowed($0) ? $0 : UInt8(ascii: "_") }
    return bytes.isEmpty ? "machine" : String(decoding: bytes, as: UTF8.self)
  }

  /// One life of a process: random, so that no two are mistaken for one another.
  public static func life() -> String {
    randomBytes(8).map { byte in String(byte >> 4, radix: 16) + String(byte & 15, radix: 16) }.joined()
  }

  private static func isAllowed(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
      true
    default: false
    }
  }
}
