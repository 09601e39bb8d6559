public import CommandLine
internal import Glibc
internal import Platform

/// User and password at the broker.
public struct BrokerLogin: Equatable, Sendable {
  public var user: String
  public var password: String

  public init(user: String, password: String) {
    self.user = user
    self.password = password
  }

  /// Two lines: the user, the password.
  init?(lines text: String) {
    let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).map(String.init)
    guard lines.count >= 2, !lines[0].isEmpty, !lines[1].isEmpty, lines.dropFirst(2).allSatisfy(\.isEmpty) else {
      return nil
    }
    self.init(user: lines[0], password: lines[1])
  }
}

/// Where a broker listens.
public struct BrokerAddress: Equatable, Sendable {
  public var host: String
  public var port: Int

  static let standardPort = 4222

  public init(host: String, port: Int) {
    self.host = host
    self.port = port
  }

  /// Reads `nats://HOST:PORT`. A URL with a user in it is refused: everybody sees the list of processes.
  init?(url: some StringProtocol) {
    let scheme = "nats://"
    guard url.hasPrefix(scheme) else { return nil }
    var rest = url.dropFirst(scheme.count)
    if rest.hasSuffix("/") { rest = rest.dropLast() }
    var port = Self.standardPort
    if let colon = rest.lastIndex(of: ":"), !rest[colon...].contains("]") {
      guard let given = Int(rest[rest.index(after: colon)...]), (1...65_535).contains(given) else { return nil }
      port = given
      rest = rest[..<colon]
    }
    if rest.hasPrefix("["), rest.hasSuffix("]") {
      rest = rest.dropFirst().dropLast()
    } else if rest.contains(":") {
      return nil
    }
    guard !rest.isEmpty, rest.allSatisfy({ !"@/?# []".contains($0) }) else { return nil }
    self.init(host: String(rest), port: port)
  }
}

/// The brokers that gateways and workers of several machines meet at.
public struct BrokerSettings: Sendable {
  /// Tried in turn.
  public var addresses: [BrokerAddress]
  public var login: BrokerLogin?
  /// The machine in the names of its processes; a token of a subject.
  public var machine: String

  public static let flags = [
    Flag(
      "broker", "URLS", variables: ["AUDIO_BROKER"],
      "NATS brokers at which servers and workers of several machines meet: nats://HOST:PORT, several separated by commas."
    ),
    Flag(
      "broker-credentials", "FILE", variables: ["AUDIO_BROKER_CREDENTIALS"],
      "File with the user at the broker in its first line, the password in its second."),
    Flag(
      "machine", "NAME", variables: ["AUDIO_MACHINE"],
      "Name of this machine at the broker: letters, digits, - and _. Default: the host's name."),
  ]

  /// Nil: no broker.
  public init?(_ settings: Settings) throws(UsageError) {
    guard let list = settings.string("broker") else {
      for name in ["broker-credentials", "machine"] where settings.string(name) != nil {
        throw UsageError("\(name): expected only with --broker")
      }
      return nil
    }
    addresses = list.split(separator: ",", omittingEmptySubsequences: false).compactMap { BrokerAddress(url: $0) }
    guard addresses.count == list.split(separator: ",", omittingEmptySubsequences: false).count else {
      // Not repeated: it may have a password in it.
      throw UsageError(
        "broker: expected nats://HOST:PORT, several separated by commas, without a user (see --broker-credentials)")
    }
    login = try settings.string("broker-credentials").map { path throws(UsageError) in
      guard let bytes = try? SmallFile.bytes(of: path, upTo: 4096),
        let login = BrokerLogin(lines: String(decoding: bytes, as: UTF8.self))
      else {
        throw settings.refuse("broker-credentials", allowed: "a file of two lines, the user and the password")
      }
      return login
    }
    machine = settings.string("machine") ?? Self.hostToken()
    guard SubjectToken.isOne(machine) else {
      throw settings.refuse("machine", allowed: "up to 64 letters, digits, - and _")
    }
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

  static func isOne(_ text: String) -> Bool {
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
