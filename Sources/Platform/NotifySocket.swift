internal import CLinux

/// The socket of the service manager that started this program and wants to know how it is (systemd's `sd_notify`
/// protocol).
public struct NotifySocket: Equatable, Sendable {
  public enum Notice: Equatable, Sendable {
    /// It serves from now on; the text is shown beside its state.
    case ready(String)
    /// It reads its files anew, until it is ready again.
    case reloading
    case stopping
    /// It is alive, and this is what it does.
    case alive(String)

    var message: String {
      switch self {
      case .ready(let status): "READY=1\nSTATUS=\(status)"
      case .reloading: "RELOADING=1"
      case .stopping: "STOPPING=1\nSTATUS=shutting down"
      case .alive(let status): "WATCHDOG=1\nSTATUS=\(status)"
      }
    }
  }

  /// An abstract one begins with `@`.
  let path: String
  /// How often the manager wants to hear that the program is alive: twice before its patience ends. Nil: never.
  public let watchdogInterval: Duration?

  /// Nil if no manager waits for notices.
  /// - Parameters:
  ///   - variable: the value of an environment variable.
  ///   - pid: this process's.
  public init?(pid: Int32, _ variable: (String) -> String?) {
    guard let path = variable("NOTIFY_SOCKET"), path.hasPrefix("/") || path.hasPrefix("@") else { return nil }
    self.path = path
    let isMeant = variable("WATCHDOG_PID").map { $0 == "\(pid)" } ?? true
    let patience = variable("WATCHDOG_USEC").flatMap(Int.init) ?? 0
    watchdogInterval = isMeant && patience > 1 ? .microseconds(patience / 2) : nil
  }

  /// Tells the manager, if it listens: what it does not take is not sent again.
  public func notify(_ notice: Notice) {
    var message = notice.message
    message.withUTF8 { _ = linux_send_datagram(path.systemName, $0.baseAddress, $0.count) }
  }
}
