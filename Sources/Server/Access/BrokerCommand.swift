import Broker
import CommandLine
import Glibc
import JSON
import Platform
import WorkerLink

/// `audio-server broker user …`: what a broker's configuration says of one machine.
enum BrokerCommand {
  static let flags =
    [
      Flag(
        "role", "ROLE", choices: MachineRights.Role.allCases.map(\.rawValue),
        "What the machine runs: gateway, audio-server; worker, audio-worker. Or admin: the user of broker init."),
      BrokerSettings.credentialsFlag,
    ] + Flag.common

  static let verbs = ["user"]

  static func help(width: Int) -> String {
    """
    audio-server broker: prints the user of a machine, with its rights, for the users in the configuration of a NATS \
    server.

    Usage: audio-server broker user NAME --role gateway|worker|admin [--broker-credentials FILE]

    \(HelpText.table([
      ("user NAME", "Print the user of the machine that is given --machine NAME."),
    ], width: width))

    \(Flag.table(flags, width: width))

    \(HelpText.paragraph(
      "If the file does not exist, it is made, with the seed of a new nkey: the machine gets the file, and the broker's configuration nothing secret. Without a file the user is one with a certificate whose DNS name is NAME (verify_and_map).",
      width: width))
    """
  }

  /// Carries out the command in the operands, which do not contain the word `broker`.
  /// - Returns: the text for standard output, without a last newline, and the note for standard error.
  static func run(_ settings: Settings) throws(UsageError) -> Result<(output: String, note: String?), SystemError> {
    let operands = settings.operands
    guard let verb = operands.first, verbs.contains(verb) else {
      throw UsageError("broker: ", unknown: operands.first, among: verbs)
    }
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
        return .failure(error)
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
