import Glibc
import IO
import Platform
import SpeechClient

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
  let connections: ServerConnections
  private var status = ExitStatus.done

  init() throws(IOError) {
    descriptorLimit = DescriptorLimit.raise() ?? .max
    loop = try EventLoop()
    connections = ServerConnections(on: loop)
    console = Console()
  }

  /// Sets the credentials and the trusted certificates, and shows how the server is reached if that is not what was
  /// typed. Before the first connection.
  func use(_ server: ServerOptions) {
    connections.use(token: server.token, authorities: server.authorities)
    let way = connections.proxyName(for: server.url).map { " through the proxy \($0)" }
    if server.isURLResolved || way != nil { console.note("server: \(server.url)\(way ?? "")") }
  }

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

  /// Ctrl-Z: restores the terminal for the shell, and takes it again when the program continues.
  private func suspend() {
    console.close()
    kill(getpid(), SIGSTOP)
  }
}
