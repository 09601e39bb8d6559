import Glibc
import IO
import Platform
import WebSocket

/// What every command that talks to a server stands on: the loop, the connections, the console, the signals.
final class Stage {
  let loop: EventLoop
  /// The largest message taken. A receipt has all that was said in it, up to 4 MiB; the rest of any message is small.
  private static let messageBytes = 5 << 20

  private let sockets: WebSocketClient
  let console: Console
  /// How many descriptors this process may have, raised to what the system allows: a connection is one.
  let descriptorLimit: Int
  /// Ctrl-C, or a request to terminate or hang up.
  var interrupted: (() -> Void)?
  /// The terminal has another width, or is ours again.
  var redraw: (() -> Void)?
  private var status = ExitStatus.done
  private var held: [ObjectIdentifier: any WebSocketClientDelegate] = [:]

  init() throws(WebSocketError) {
    descriptorLimit = DescriptorLimit.raise() ?? .max
    do throws(IOError) { loop = try EventLoop() } catch { throw WebSocketError(error) }
    sockets = WebSocketClient(loop: loop, maximumMessageBytes: Self.messageBytes)
    console = Console()
  }

  /// Runs until `leave`; the exit status.
  func run() -> ExitStatus {
    for number in [SIGINT, SIGTERM, SIGHUP] { loop.onSignal(number) { [unowned self] in self.interrupted?() } }
    loop.onSignal(SIGWINCH) { [unowned self] in self.redraw?() }
    if console.isLive { loop.onSignal(SIGTSTP) { [unowned self] in self.suspend() } }
    // Mostly whoever reads the results has had enough: that is their right, and no failure.
    console.outputClosed = { [unowned self] in self.leave(.done) }
    loop.run()
    console.close()
    return console.outputFailure == nil ? status : status.and(.incomplete)
  }

  /// What every server is shown, and which are trusted; before the first connection.
  func introduce(_ server: ServerOptions) {
    sockets.authorities = server.authorities
    sockets.token = server.token
  }

  func leave(_ status: ExitStatus) {
    self.status = status
    loop.stop()
  }

  /// Connects, and keeps the delegate alive until the connection has ended, which is later than it is dropped.
  func connect(to url: WebSocketURL, delegate: any WebSocketClientDelegate) -> ClientConnection {
    let connection = sockets.connect(to: url, delegate: delegate)
    held[ObjectIdentifier(connection)] = delegate
    return connection
  }

  /// The connection has ended.
  func letGo(_ connection: ClientConnection) { held[ObjectIdentifier(connection)] = nil }

  /// Ctrl-Z: the shell gets its terminal as it was, and we take it again when we go on.
  private func suspend() {
    console.close()
    kill(getpid(), SIGSTOP)
    redraw?()
  }
}

/// What the program answers its caller.
enum ExitStatus: Int32 {
  /// Everything sent was answered.
  case done = 0
  /// Something was lost, or could not be done.
  case incomplete = 1
  /// The command line can't be meant.
  case usage = 2
  /// There is no capture device, or it has gone.
  case device = 3

  /// The graver of two: a device that is missing explains what is incomplete.
  func and(_ other: ExitStatus) -> ExitStatus { rawValue >= other.rawValue ? self : other }
}
