import Glibc
import IO
import Platform
import Web

/// Shared by all commands that talk to a server: the loop, the connections, the console and the signals.
final class ClientRuntime {
  let loop: EventLoop
  let console: Console
  /// The number of descriptors this process may open, raised to the system's limit. A connection takes one.
  let descriptorLimit: Int
  /// Called on Ctrl-C, and on a request to terminate or hang up.
  var interrupted: (() -> Void)?
  /// Called when the terminal was resized, and when it is in the foreground again.
  var redraw: (() -> Void)?
  private let sockets: WebSocketClient
  private var status = ExitStatus.done
  /// Delegates of the connections that have not ended.
  private var delegates: [ObjectIdentifier: any WebSocketClientDelegate] = [:]

  /// The largest message accepted. A receipt lists up to 4 MiB of texts, and the rest of any message is small.
  private static let messageBytes = 5 << 20

  init() throws(IOError) {
    descriptorLimit = DescriptorLimit.raise() ?? .max
    loop = try EventLoop()
    sockets = WebSocketClient(loop: loop, maximumMessageBytes: Self.messageBytes, proxies: proxies)
    console = Console()
  }

  private let proxies = ProxySettings(environment: environmentVariable)

  /// Sets the credentials and the trusted certificates, and shows how the server is reached if that is not what was
  /// typed. Before the first connection.
  func use(_ server: ServerOptions) {
    sockets.authorities = server.authorities
    sockets.token = server.token
    let way = proxies.proxyName(for: server.url).map { " through the proxy \($0)" }
    if server.isURLResolved || way != nil { console.note("server: \(server.url)\(way ?? "")") }
  }

  /// Servers are reached through the Unix socket at this path.
  func reach(socket path: String) { sockets.socket = path }

  /// Runs until `leave`.
  func run() -> ExitStatus {
    for number in [SIGINT, SIGTERM, SIGHUP] { loop.onSignal(number) { [unowned self] in interrupted?() } }
    for number in [SIGWINCH, SIGCONT] { loop.onSignal(number) { [unowned self] in redraw?() } }
    if !console.isLog { loop.onSignal(SIGTSTP) { [unowned self] in suspend() } }
    // A reader that closes the pipe usually has what it wanted (`| head`), so this is no failure.
    console.outputClosed = { [unowned self] in leave(.done) }
    loop.run()
    console.close()
    return console.outputFailure == nil ? status : status.and(.incomplete)
  }

  func leave(_ status: ExitStatus) {
    self.status = status
    loop.stop()
  }

  /// Connects, and keeps the delegate alive until `release`: a connection ends later than it is dropped.
  func connect(to url: WebSocketURL, delegate: any WebSocketClientDelegate) -> ClientConnection {
    let connection = sockets.connect(to: url, delegate: delegate)
    delegates[ObjectIdentifier(connection)] = delegate
    return connection
  }

  /// The connection has ended.
  func release(_ connection: ClientConnection) { delegates[ObjectIdentifier(connection)] = nil }

  /// Ctrl-Z: restores the terminal for the shell, and takes it again when the program continues.
  private func suspend() {
    console.close()
    kill(getpid(), SIGSTOP)
  }
}
