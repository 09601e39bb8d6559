/// The subjects at a broker. A worker and a gateway are two tokens each: the machine and one life of a process on it.
public enum LinkSubject {
  public static func toWorker(_ worker: String, from gateway: String) -> String { "as.w.\(worker).\(gateway)" }
  public static func toGateway(_ gateway: String, from worker: String) -> String { "as.g.\(gateway).\(worker)" }
  /// Everything for one worker.
  public static func all(toWorker worker: String) -> String { "as.w.\(worker).>" }

  /// What a worker says of itself, each second.
  public static func hello(of worker: String) -> String { "as.hello.\(worker)" }
  public static let hellos = "as.hello.>"
  /// How a worker ended, as the process says that started it.
  public static func gone(_ worker: String) -> String { "as.gone.\(worker)" }
  public static let allGone = "as.gone.>"
  /// A gateway to itself: that the broker is heard.
  public static func echo(_ gateway: String) -> String { "as.echo.\(gateway)" }
  /// Answers of the directory to a gateway begin so; the number of the request follows.
  public static func directory(_ gateway: String) -> String { "as.dir.\(gateway)." }
  /// The same to an operator's process, which makes it.
  public static func making(by life: String) -> String { "as.init.\(life)." }

  /// A server to all: who has a copy of this session? Answers go to `copies`.
  public static let copyRequest = "as.give"
  /// A copy of a session, from one server to another.
  public static func copy(to gateway: String, from other: String) -> String { "as.copy.\(gateway).\(other)" }
  public static func copies(to gateway: String) -> String { "as.copy.\(gateway).>" }

  /// The process in the last two tokens: the gateway of a link, the worker of a hello.
  public static func process(in subject: String) -> String? {
    let tokens = subject.split(separator: ".", omittingEmptySubsequences: false)
    guard tokens.count >= 4, tokens.suffix(2).allSatisfy({ !$0.isEmpty }) else { return nil }
    return tokens.suffix(2).joined(separator: ".")
  }
}
