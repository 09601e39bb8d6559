/// The subjects that the user of one machine needs at a broker. With them a worker machine can neither hear the streams
/// of another nor answer in its name, nor touch the directory of sessions; gateways are trusted with all streams, and
/// with what is in the directory.
public struct MachineRights: Equatable, Sendable {
  public enum Role: String, CaseIterable, Sendable {
    case gateway, worker
    /// No machine: an operator who makes the directory.
    case admin
  }

  public var publish: [String]
  public var subscribe: [String]

  /// - Parameter machine: its name, as in the names of its processes.
  public init(of machine: String, as role: Role) {
    switch role {
    case .gateway:
      publish =
        ["as.w.*.*.\(machine).*", "as.echo.\(machine).*", "as.give", "as.copy.*.*.\(machine).*"]
        + ["$KV.sessions.>", "$JS.API.STREAM.INFO.KV_sessions", "$JS.API.STREAM.MSG.GET.KV_sessions"]
      subscribe =
        ["as.g.\(machine).>", "as.hello.>", "as.gone.>", "as.echo.\(machine).*", "as.give"]
        + ["as.copy.\(machine).>", "as.dir.\(machine).>"]
    case .worker:
      publish = ["as.g.*.*.\(machine).*", "as.hello.\(machine).*", "as.gone.\(machine).*"]
      subscribe = ["as.w.\(machine).>"]
    case .admin:
      publish = ["INFO", "CREATE", "UPDATE"].map { "$JS.API.STREAM.\($0).KV_sessions" }
      subscribe = ["as.init.>"]
    }
  }

  /// The error of a machine whose user lacks a right, for the reason that the broker gives.
  public static func refusal(_ reason: String, as role: Role) -> String {
    "the broker does not permit it: \(reason); print the user's rights with "
      + "audio-server broker user NAME --role \(role.rawValue), and give --machine NAME"
  }

  /// The value of `permissions` in a broker's configuration.
  public var configuration: String {
    func list(_ subjects: [String]) -> String { subjects.map { "\"\($0)\"" }.joined(separator: ", ") }
    return "{\n    publish: [\(list(publish))],\n    subscribe: [\(list(subscribe))] }"
  }
}
