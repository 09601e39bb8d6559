import Glibc
import Support
import Testing

/// A server under a service manager.
@Suite struct NotifySocketTests {
  @Test func `the manager hears when the server is ready, alive, reloading and stopping`() async throws {
    let folder = try TemporaryFolder()
    let notices = try NoticeSocket("\(folder.path)/notify")
    let server = try Program(
      "audio-server", ["--port", "0", "--loops", "2"],
      environment: ["NOTIFY_SOCKET": notices.path, "WATCHDOG_USEC": "200000"])
    try await eventually("it is ready", within: .seconds(30)) { notices.has("READY=1\nSTATUS=listening on http") }
    try await eventually("it is alive") { notices.has("WATCHDOG=1\nSTATUS=listening on http") }
    notices.forget()
    try await eventually("it is alive again") { notices.has("WATCHDOG=1") }
    server.signal(SIGHUP)
    try await eventually("it reloads") { notices.has("RELOADING=1") && notices.has("READY=1") }
    server.signal(SIGTERM)
    try await eventually("it stops") { notices.has("STOPPING=1") }
    #expect(try await server.ended() == .status(0))
  }
}

/// The socket of a service manager.
private final class NoticeSocket {
  let path: String
  private let descriptor: Int32
  private var messages: [String] = []

  init(_ path: String) throws {
    self.path = path
    descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    let status = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    guard status == 0, fcntl(descriptor, F_SETFL, O_NONBLOCK) == 0 else { throw TestFailure("bind \(path): \(errno)") }
  }

  deinit { close(descriptor) }

  /// Whether a message of those that have come begins so.
  func has(_ beginning: String) -> Bool {
    var bytes = [UInt8](repeating: 0, count: 4096)
    while case let count = read(descriptor, &bytes, bytes.count), count > 0 {
      messages.append(String(decoding: bytes[..<count], as: UTF8.self))
    }
    return messages.contains { $0.hasPrefix(beginning) }
  }

  func forget() { messages = [] }
}
