internal import Glibc

/// A NATS server on a free port; ends with this.
public final class TestBroker {
  public static let path = "\(TextFile.repository)/.deps/broker/bin/nats-server"
  public static var isInstalled: Bool { access(path, X_OK) == 0 }
  public static let reason = "no .deps/broker: Scripts/setup makes it"

  public let port: Int
  private let flags: [String]
  private let store: TemporaryFolder
  private var program: Program

  /// - Parameters:
  ///   - configuration: a file; nil: anybody may do everything.
  ///   - hasJetStream: without it there is no directory of sessions.
  public init(configuration: String? = nil, hasJetStream: Bool = true) async throws {
    store = try TemporaryFolder()
    flags =
      (hasJetStream ? ["--jetstream", "--store_dir", store.path] : [])
      + (configuration.map { ["--config", $0] } ?? [])
    (program, port) = try await Self.start(-1, flags)
  }

  public var url: String { "nats://127.0.0.1:\(port)" }

  /// The URL for a configuration with TLS.
  public func tlsURL(host: String = "127.0.0.1") -> String { "tls://\(host):\(port)" }

  /// - Parameter port: -1 is a free one.
  private static func start(_ port: Int, _ flags: [String]) async throws -> (Program, port: Int) {
    let program = try Program(path, ["--addr", "127.0.0.1", "--port", "\(port)"] + flags)
    var found: Int?
    try await eventually("the broker is ready; it said:\n\(program.standardError.text)") {
      let lines = program.standardError.lines
      found = lines.first { $0.contains("Listening for client connections") }?.split(separator: ":").last.flatMap {
        Int($0)
      }
      return found != nil && lines.contains { $0.contains("Server is ready") }
    }
    return (program, found ?? 0)
  }

  /// Starts another one in the place of one that was killed.
  public func start() async throws { program = try await Self.start(port, flags).0 }

  /// Ends it as a failure would.
  public func kill() async throws {
    program.signal(SIGKILL)
    try await program.ended()
  }
}
