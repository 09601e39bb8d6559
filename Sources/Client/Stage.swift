import Glibc
import WebSocket

/// What every command that talks to a server stands on: the loop, the connections, the console, the signals.
final class Stage {
  let loop: EventLoop
  let sockets: WebSocketClient
  let console: Console
  /// Ctrl-C, or a request to terminate or hang up.
  var interrupted: (() -> Void)?
  /// The terminal has another width, or is ours again.
  var redraw: (() -> Void)?
  private var status = ExitStatus.done

  init() throws(WebSocketError) {
    loop = try EventLoop()
    sockets = WebSocketClient(loop: loop)
    console = Console()
  }

  /// Runs until `leave`; the exit status.
  func run() -> ExitStatus {
    for number in [SIGINT, SIGTERM, SIGHUP] { loop.onSignal(number) { [unowned self] in self.interrupted?() } }
    loop.onSignal(SIGWINCH) { [unowned self] in self.redraw?() }
    if console.isLive { loop.onSignal(SIGTSTP) { [unowned self] in self.suspend() } }
    // Whoever reads the results has had enough: that is their right, and no failure.
    console.outputClosed = { [unowned self] in self.leave(.done) }
    loop.run()
    console.close()
    return status
  }

  func leave(_ status: ExitStatus) {
    self.status = status
    loop.stop()
  }

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
