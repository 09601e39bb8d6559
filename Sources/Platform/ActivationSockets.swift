/// Sockets on which a service manager listens for this program, and hands over when it starts it (systemd's
/// `sd_listen_fds` protocol). They stay the manager's: what arrives while no program runs waits in them.
public struct ActivationSockets: Equatable, Sendable {
  public struct Socket: Equatable, Sendable {
    public var descriptor: Int32
    /// `FileDescriptorName=` of its unit.
    public var name: String
  }

  public private(set) var sockets: [Socket] = []

  private static let first = 3
  /// More than a server can have use for.
  private static let most = 64

  /// - Parameters:
  ///   - pid: this process's.
  ///   - variable: the value of an environment variable.
  public init(pid: Int32, _ variable: (String) -> String?) {
    guard variable("LISTEN_PID") == "\(pid)", let count = variable("LISTEN_FDS").flatMap(Int.init),
      (1...Self.most).contains(count)
    else { return }
    let names = (variable("LISTEN_FDNAMES") ?? "").split(separator: ":", omittingEmptySubsequences: false)
    sockets = (0..<count).map { index in
      Socket(descriptor: Int32(Self.first + index), name: index < names.count ? String(names[index]) : "")
    }
  }

  /// The descriptors of that name.
  public func named(_ name: String) -> [Int32] { sockets.filter { $0.name == name }.map(\.descriptor) }

  /// The descriptors of all other names.
  public func others(than name: String) -> [Int32] { sockets.filter { $0.name != name }.map(\.descriptor) }
}
