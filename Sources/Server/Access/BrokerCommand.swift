import Broker
import CommandLine
import Glibc
import IO
import JSON
import Platform
import WorkerLink

/// `audio-server broker user …`: what a broker's configuration says of one machine. `broker init …`: makes the
/// directory there.
enum BrokerCommand {
  static let flags =
    [
      Flag(
        "role", "ROLE", choices: MachineRights.Role.allCases.map(\.rawValue),
        "What the machine runs: gateway, audio-server; worker, audio-worker. Or admin: the user of broker init."),
      Flag(
        "replicas", "N", choices: Replicas.allCases.map(\.rawValue),
        "Brokers that have the directory: 3 in a cluster of three or more, so that it outlives one; otherwise 1."),
    ] + BrokerSettings.flags + Flag.common

  /// Brokers that have the directory: with two, both would have to be up.
  private enum Replicas: String, CaseIterable {
    case one = "1"
    case three = "3"

    var count: Int { self == .one ? 1 : 3 }
  }

  /// The reason that the command was not done.
  struct Failure: Error, CustomStringConvertible {
    var description: String

    init(_ description: String) { self.description = description }
  }

  static let verbs = ["user", "init"]

  static func help(width: Int) -> String {
    """
    audio-server broker: prints the user of a machine, with its rights, for the users in the configuration of a NATS \
    server, and makes the directory of sessions there.

    Usage: audio-server broker user NAME --role gateway|worker|admin [--broker-credentials FILE]
           audio-server broker init --replicas 1|3 --broker URLS [FLAGS]

    \(HelpText.table([
      ("user NAME", "Print the user of the machine that is given --machine NAME."),
      ("init", "Make the bucket `sessions`, or give it so many replicas."),
    ], width: width))

    \(Flag.table(flags, width: width))

    \(HelpText.paragraph(
      "user: if the file does not exist, it is made, with the seed of a new nkey: the machine gets the file, and the broker's configuration nothing secret. Without a file the user is one with a certificate whose DNS name is NAME (verify_and_map).",
      width: width))

    \(HelpText.paragraph(
      "init: needs a user of the role admin, where the broker has users, and JetStream. It waits up to half a minute for brokers that are being started. Where a broker has no users, a server makes the bucket itself.",
      width: width))
    """
  }

  /// Carries out the command in the operands, which do not contain the word `broker`.
  /// - Returns: the text for standard output, without a last newline, and the note for standard error.
  static func run(_ settings: Settings) throws(UsageError) -> Result<(output: String, note: String?), Failure> {
    switch settings.operands.first {
    case "user": try user(settings)
    case "init": try initialize(settings).map { ($0, nil) }
    case let verb: throw UsageError("broker: ", unknown: verb, among: verbs)
    }
  }

  private static func initialize(_ settings: Settings) throws(UsageError) -> Result<String, Failure> {
    guard settings.operands.count == 1, let replicas = try settings.choice("replicas", of: Replicas.self) else {
      throw UsageError("broker init: expected --replicas 1 or --replicas 3")
    }
    guard let broker = try BrokerSettings(settings) else {
      throw UsageError("broker init: expected --broker nats://HOST:PORT or tls://HOST:PORT")
    }
    do throws(IOError) {
      return try BucketSetupRun(broker, replicas: replicas.count).run()
    } catch {
      return .failure(Failure("\(error)"))
    }
  }

  private static func user(
    _ settings: Settings
  ) throws(UsageError) -> Result<(output: String, note: String?), Failure> {
    let operands = settings.operands
    guard operands.count == 2, SubjectToken.isOne(operands[1]) else {
      throw UsageError("broker user: expected one name, up to 64 letters, digits, - and _")
    }
    guard let role = try settings.choice("role", of: MachineRights.Role.self) else {
      throw UsageError("broker user: expected --role gateway, worker or admin")
    }
    let rights = MachineRights(of: operands[1], as: role)
    guard let path = settings.string(BrokerSettings.credentialsFlag.name) else {
      return .success((entry("user: \(quoted(operands[1]))", rights), nil))
    }
    if access(path.systemName, F_OK) != 0 {
      let key = BrokerKey()
      do throws(SystemError) {
        try SmallFile.replace(path, with: Array("\(key.seed)\n".utf8), keepsAccess: false)
      } catch {
        return .failure(Failure("\(path): \(error)"))
      }
      return .success(
        (entry(login: .key(key), rights), "made \(path): the machine is given it with --broker-credentials"))
    }
    guard let bytes = try? SmallFile.bytes(of: path, upTo: BrokerLogin.mostBytes),
      let login = BrokerLogin(text: String(decoding: bytes, as: UTF8.self))
    else { throw settings.refuse(BrokerSettings.credentialsFlag.name, allowed: BrokerLogin.fileContents) }
    return .success((entry(login: login, rights), nil))
  }

  private static func entry(login: BrokerLogin, _ rights: MachineRights) -> String {
    switch login {
    case .key(let key): entry("nkey: \(key.publicKey)", rights)
    case .password(let user, let password):
      entry("user: \(quoted(user)), password: \(quoted(password))", rights)
    }
  }

  private static func entry(_ user: String, _ rights: MachineRights) -> String {
    "{ \(user), permissions: \(rights.configuration) }"
  }

  private static func quoted(_ text: String) -> String { JSONValue.string(text).text }
}
